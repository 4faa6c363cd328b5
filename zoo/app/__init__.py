"""`zoo app`: a local page on which a person is put into another pose."""

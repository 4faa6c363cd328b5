"""`zoo serve`: transfers over HTTP, on this machine alone.

queue     what waits and is worked on in batches, by one thread; torch-free
painting  a batch of transfers by one model: a picture or an error for each
http      the routes, the limits, the errors
process   the server on a port
"""

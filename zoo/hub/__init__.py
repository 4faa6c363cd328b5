"""Runs on the Hugging Face Hub: pushed with record and card in one commit, pulled and loaded by that commit. No torch."""

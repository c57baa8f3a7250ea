"""Doing it: steps on a host, as a transaction that is committed or taken back."""

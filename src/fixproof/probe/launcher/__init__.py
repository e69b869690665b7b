"""The program that contains a run where bubblewrap does not: standard library only."""

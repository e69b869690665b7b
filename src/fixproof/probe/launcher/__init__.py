"""The program that contains a run where bubblewrap does not: started alone, standard library only."""

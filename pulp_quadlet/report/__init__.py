"""How problems, plans and states are printed for people and for programs."""

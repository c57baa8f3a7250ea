"""What tables of the site file are made of: the base table, the kinds of words, references to secrets."""

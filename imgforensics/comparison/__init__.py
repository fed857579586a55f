"""Two images side by side: are they the same, where, and by which alignment?"""

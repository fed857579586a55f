"""Images that no training of some weights has seen."""

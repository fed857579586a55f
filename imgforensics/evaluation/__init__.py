"""The paper's protocols (section 4): accuracies with intervals, and the records they leave."""

"""The rows of a case on a page for a person, who judges them, and as a report for a colleague."""

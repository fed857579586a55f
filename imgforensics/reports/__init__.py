"""What was measured as tables and figures."""

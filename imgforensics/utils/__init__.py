"""What any part may use, and what uses no other part."""

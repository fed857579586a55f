"""What every other part may use, and what stands on none of them."""

"""What tests of the whole shop may ask catalog."""

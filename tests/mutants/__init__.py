"""Design mistakes, planted one at a time, and the tests that notice them."""

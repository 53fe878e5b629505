"""Six services of which one is restarted, frozen, slow or out of reach; clocks that are off; keys that are changed."""

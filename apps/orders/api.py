"""Door 1 of orders: what may be asked of it. Orders conducts; nobody below asks it anything yet."""

"""Who is calling, proven: signing keys, access tokens, and sessions that were ended before their tokens expire."""

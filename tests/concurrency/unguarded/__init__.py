"""The shop without its guards: only for the controls of the race tests. It reads, thinks, then writes."""

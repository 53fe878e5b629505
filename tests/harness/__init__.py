"""The whole product as a black box: started, killed, audited. What tests/journeys, concurrency and faults stand on."""

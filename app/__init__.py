"""Harbor: the register and finder of rest stations for people who work outdoors."""

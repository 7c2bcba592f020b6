"""What archlab adds to Hydra: a launcher, a sweeper and a callback."""

"""The image builder; runs on a build host. Imports the model catalogue and the ground floor only."""

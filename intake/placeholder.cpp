namespace greyhound {}

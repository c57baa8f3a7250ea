"""What has to be done, in which order and why: judged by what runs. Pure."""

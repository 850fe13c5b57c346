"""Every verb of the product, one file each; the command line and the web only call them."""

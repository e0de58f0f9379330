"""The package `dialtrail-client`."""

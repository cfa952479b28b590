"""The sample sheets; a package only so that an installed ``address-pipeline demo`` finds them."""

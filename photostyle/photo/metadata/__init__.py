"""What files say of their photos: EXIF, XMP and IPTC, taken out of one file and made true for the next."""

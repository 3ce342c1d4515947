MaskLike = object

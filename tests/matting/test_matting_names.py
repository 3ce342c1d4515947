"""Whatever matting makes public is photostyle.matting's too."""

import matting
import photostyle.matting


def test_the_two_have_the_same_names():
    assert photostyle.matting.__all__ == matting.__all__
    for name in matting.__all__:
        assert getattr(photostyle.matting, name) is getattr(matting, name)

package imagename

import "testing"

// By hand: what Roboflow calls its exports.
func TestSource(t *testing.T) {
	for _, c := range []struct {
		file, base string
		roboflow   bool
	}{
		{"frame0_jpg.rf.0123456789abcdef0123456789abcdef.jpg", "frame0.jpg", true},
		{"IMG_2274_jpeg_jpg.rf.2f319e949748145fb22dcb52bb325a0c.jpg", "IMG_2274_jpeg.jpg", true},
		{"clip_mp4-12_PNG.rf.AbCdEfGh1234_-.png", "clip_mp4-12.PNG", true},
		{"img_0001.rf.0123456789abcdef0123456789abcdef.jpg", "img_0001", true}, // a source without extension
		{"train/frame0.jpg", "frame0.jpg", false},
		{`val\frame0.jpg`, "frame0.jpg", false},
		{"a.rf.jpg", "a.rf.jpg", false},
	} {
		if base, roboflow := Source(c.file); base != c.base || roboflow != c.roboflow {
			t.Errorf("%s: %q, %v, want %q, %v", c.file, base, roboflow, c.base, c.roboflow)
		}
	}
}

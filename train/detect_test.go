package train

import (
	"testing"

	"cocostat/train/data"
)

func TestFileSize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {640, 480}, {479, 641}, {4000, 3}, {12001, 8999}} {
		for _, side := range []int{64, 512} {
			if w, h := fileSize(data.EvalTransform(size[0], size[1], side), side); w != size[0] || h != size[1] {
				t.Errorf("%v seen at %d: %d×%d", size, side, w, h)
			}
		}
	}
}

package coco

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"cocostat/internal/jsontext/jsontest"
)

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// Each case stands where the scanner reads, where it skips, and where it reads
// fast; everywhere the verdict is that of encoding/json.
func TestSyntax(t *testing.T) {
	frames := []string{
		`%s`,
		`{"info":%s}`,
		`{"info":[1,2,%s],"images":[]}`,
		`{"info":{"a":%s,"b":1}}`,
		`{"images":[{"id":1,"unknown":%s}]}`,
		`{"images":%s}`,
		`{"images":[%s]}`,
		`{"categories":[{"id":%s,"name":%[1]s}]}`,
		`{"annotations":[{"id":1,"segmentation":[[1.5,2.5,%s,3.5]],"image_id":1}]}`,
		`{"annotations":[{"segmentation":{"counts":%s,"size":[1,2]}}]}`,
		`{"annotations":[{"bbox":[1,%s,3,4]}]}`,
		`{"annotations":[{"bbox":%s}]}`,
		`{"annotations":[{"iscrowd":%s,"area":%[1]s}]}`,
		`{"annotations":[{"image_id":%s},{"category_id":%[1]s}]}`,
		`{"annotations":[]}%s`,
		`%s{"annotations":[]}`,
		"{\"annotations\"\n:\r\n[ {\"x\"\t:%s } ] } ",
	}
	for _, c := range jsontest.Values() {
		for _, frame := range frames {
			text := strings.ReplaceAll(strings.ReplaceAll(frame, "%[1]s", c), "%s", c)
			for _, window := range windows {
				checkVerdict(t, []byte(text), window)
			}
		}
	}
}

// Every byte value at every place of a small file.
func TestEveryByte(t *testing.T) {
	text := `{"images":[{"id":1}],"annotations":[{"s":[[1.5,-2e3],"\u00e9"],"id":0}],"x":{"a":null}}`
	for i := range len(text) {
		for b := range 256 {
			damaged := []byte(text)
			damaged[i] = byte(b)
			checkVerdict(t, damaged, 0x40)
		}
	}
}

// A value at every distance from the end of the window.
func TestWindowEnds(t *testing.T) {
	for _, c := range jsontest.Values() {
		if len(c) > 40 {
			continue
		}
		for shift := range 70 {
			text := fmt.Sprintf(`{"%s":[1,%s,2.5]}`, strings.Repeat("k", shift), c)
			checkVerdict(t, []byte(text), 64)
		}
	}
}

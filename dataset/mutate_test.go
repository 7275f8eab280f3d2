package dataset

import (
	"bytes"
	"fmt"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/visittest"
	"cocostat/internal/mutate"
)

// samples are small files of formats that are texts.
var samples = []string{
	`<?xml version="1.0"?><annotations><meta><task><labels><label><name>cat</name></label></labels></task></meta><image id="1" name="a.png" width="100" height="80"><box label="cat" xtl="10" ytl="20" xbr="40" ybr="60" rotation="30"/><polygon label="cat" points="1,2;3,4;5,1"/></image></annotations>`,
	`<annotation><filename>a.png</filename><size><width>100</width><height>80</height></size><object><name>dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>`,
	`[{"id": 1, "data": {"image": "/data/upload/a.png"}, "annotations": [{"completed_by": 1, "result": [{"original_width": 100, "original_height": 80, "value": {"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 5, "rectanglelabels": ["dog"]}}]}]}]`,
	`{"version": "5", "shapes": [{"label": "dog", "points": [[10, 20], [40, 60]], "shape_type": "circle", "group_id": 1}], "imagePath": "a.png", "imageData": "QUJD", "imageWidth": 100, "imageHeight": 80}`,
	"ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\na.png,dog,0.1,0.4,0.25,0.75,0\n\"b,\",cat,\"0,05\",0.25,0.0625,0.1875,1\n",
}

// Damaged files of every format are read or refused within limits of time and
// memory.
func TestMutants(t *testing.T) {
	for i, text := range samples {
		format := textOf([]byte(text))
		read := func(file []byte) (*visittest.Visits, error) {
			return visittest.Record(func(v annotations.Visitor) error {
				return texts[format].scan(bg, bytes.NewReader(file), "test", v)
			})
		}
		want, err := read([]byte(text))
		if err != nil || len(want.Annotations) == 0 || format == len(texts)-1 {
			t.Fatalf("sample %d: %v, %+v", i, err, want)
		}
		counts := mutate.Files(t, []byte(text), mutate.AgainstBy(want, read, func(got, want *visittest.Visits) bool { return fmt.Sprint(got) == fmt.Sprint(want) }))
		t.Logf("%.20s: %v", text, counts)
	}
}

package cocotest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// TrainLike returns a text with the layout of instances_train2017.json: key
// order, spacing, and polygons of some 30 points with two decimals.
func TrainLike(objects int) []byte {
	r := rand.New(rand.NewPCG(1, 7))
	var b bytes.Buffer
	b.WriteString(`{"info": {},"images": [`)
	for i := range objects / 7 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"license": 1,"file_name": "%012d.jpg","height": 480,"width": 640,"date_captured": "2013-11-14 16:28:13","id": %d}`, i, i)
	}
	b.WriteString(`],"annotations": [`)
	for i := range objects {
		var polygon []string
		for range 2 * (10 + r.IntN(40)) {
			polygon = append(polygon, fmt.Sprintf("%.2f", 640*r.Float64()))
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"segmentation": [[%s]],"area": %v,"iscrowd": 0,"image_id": %d,"bbox": [%.2f,%.2f,%.2f,%.2f],"category_id": %d,"id": %d}`,
			strings.Join(polygon, ","), 3000*r.Float64(), r.IntN(objects/7), 300*r.Float64(), 300*r.Float64(), 300*r.Float64(), 300*r.Float64(), 1+r.IntN(80), i)
	}
	b.WriteString(`],"categories": [{"id": 1,"name": "person"}]}`)
	return b.Bytes()
}

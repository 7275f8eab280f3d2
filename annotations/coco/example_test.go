package coco_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/coco/cocotest"
)

// Statistics of one's own: the largest box of each image, while the text
// streams by.
func ExampleScan() {
	largest := map[int64]annotations.Annotation{}
	v := annotations.Visitor{
		Annotation: func(a *annotations.Annotation) error {
			if a.Area > largest[a.ImageID].Area {
				largest[a.ImageID] = *a // the pointer is valid during the call only
			}
			return nil
		},
		Image: func(im *annotations.Image) error {
			if im.Has&annotations.FieldName == 0 {
				return fmt.Errorf("image %d has no file name", im.ID)
			}
			return nil
		},
	}
	if err := coco.Scan(context.Background(), strings.NewReader(cocotest.Pets), "pets.json", v); err != nil {
		log.Fatal(err)
	}
	for _, id := range []int64{1, 2} {
		fmt.Println(id, largest[id].BBox)
	}
	// Output:
	// 1 [50 60 200 100]
	// 2 [500 60 180 120]
}

// What is not JSON is refused, with the place.
func ExampleScan_truncated() {
	err := coco.Scan(context.Background(), strings.NewReader(cocotest.Pets[:len(cocotest.Pets)-1]), "pets.json", annotations.Visitor{})
	if e := new(annotations.SyntaxError); errors.As(err, &e) {
		fmt.Printf("%s ends too early: line %d, column %d, byte %d\n", e.File, e.Line, e.Column, e.Offset)
	}
	// Output: pets.json ends too early: line 11, column 100, byte 731
}

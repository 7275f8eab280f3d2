package coco

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
)

// imagesOf scans a file with the given images list.
func imagesOf(t *testing.T, list string) ([]annotations.Image, []annotations.Kind) {
	t.Helper()
	var images []annotations.Image
	var kinds []annotations.Kind
	v := annotations.Visitor{
		Image:   func(im *annotations.Image) error { images = append(images, *im); return nil },
		Problem: func(kind annotations.Kind, _, _ int64) { kinds = append(kinds, kind) },
	}
	text := `{"images": ` + list + `, "annotations": [], "categories": []}`
	if err := Scan(context.Background(), strings.NewReader(text), "test", v); err != nil {
		t.Fatal(err)
	}
	return images, kinds
}

func TestListsOfCategories(t *testing.T) {
	for _, c := range []struct {
		member string
		want   []int64
		kinds  []annotations.Kind
	}{
		{`"neg_category_ids": [284, 53,7]`, []int64{284, 53, 7}, nil},
		{`"neg_category_ids": []`, []int64{}, nil},
		{`"neg_category_ids": [ ]`, []int64{}, nil},
		{"\"neg_category_ids\": [\n 1 ,\t-2 ]", []int64{1, -2}, nil},
		{`"neg_category_ids": [9007199254740993, 1e2, 3.0]`, []int64{9007199254740993, 100, 3}, nil},
		{`"neg_category_ids": ["12"]`, []int64{12}, []annotations.Kind{annotations.StringID}},
		{`"neg_category_ids": null`, nil, nil},
		{`"width": 5`, nil, nil},
		{`"neg_category_ids": [1.5]`, nil, []annotations.Kind{annotations.UnreadableField}},
		// SHA-256 of "," is d03502c43d74a30b936740a9517dc4ea2b2ad7168caa0a774cefe793ce0b33e7.
		{`"neg_category_ids": [",", 3]`, []int64{0x503502c43d74a30b - 1<<63, 3}, []annotations.Kind{annotations.TextID}},
		{`"neg_category_ids": ["\"]", ""]`, nil, []annotations.Kind{annotations.TextID, annotations.UnreadableField}},
		{`"neg_category_ids": [[1]]`, nil, []annotations.Kind{annotations.UnreadableField}},
		{`"neg_category_ids": 5`, nil, []annotations.Kind{annotations.UnreadableField}},
		{`"neg_category_ids": [1], "neg_category_ids": [2]`, []int64{2}, []annotations.Kind{annotations.DuplicateKey}},
		{`"neg_category_ids": [1], "neg_category_ids": null`, nil, []annotations.Kind{annotations.DuplicateKey}},
	} {
		for _, key := range []string{"neg_category_ids", "not_exhaustive_category_ids"} {
			member := strings.ReplaceAll(c.member, "neg_category_ids", key)
			images, kinds := imagesOf(t, `[{"id": 4, `+member+`}, {"id": 5}]`)
			got, other := images[0].NegativeCategories, images[0].NotExhaustiveCategories
			if key != "neg_category_ids" {
				got, other = other, got
			}
			if !reflect.DeepEqual(got, c.want) || other != nil || !reflect.DeepEqual(kinds, c.kinds) {
				t.Errorf("%s: %#v, other list %#v, problems %v; want %#v, %v", member, got, other, kinds, c.want, c.kinds)
			}
			if next := images[1]; next.NegativeCategories != nil || next.NotExhaustiveCategories != nil {
				t.Errorf("%s: the next image has %v", member, next)
			}
		}
	}
}

// A string in a box may hold what separates numbers.
func TestStringsInBoxes(t *testing.T) {
	for _, box := range []string{`[",", 1, 2, 3]`, `[" ", 1, 2, 3]`, `["1,2", 1, 2, 3]`, `[1, 2, 3, "]"]`} {
		text := `{"images": [], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": ` + box + `}], "categories": []}`
		unreadable := 0
		v := annotations.Visitor{
			Annotation: func(*annotations.Annotation) error { return nil },
			Problem: func(kind annotations.Kind, _, _ int64) {
				if kind == annotations.UnreadableField {
					unreadable++
				}
			},
		}
		if err := Scan(context.Background(), strings.NewReader(text), "test", v); err != nil || unreadable != 1 {
			t.Errorf("%s: %d unreadable fields, error %v; want 1", box, unreadable, err)
		}
	}
}

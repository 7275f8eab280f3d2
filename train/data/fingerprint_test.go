package data

import (
	"testing"

	"cocostat/annotations"
)

// Whatever training takes from the annotations changes the fingerprint, and the
// folder of the images does not.
func TestFingerprint(t *testing.T) {
	fingerprint := func(change func(*Set)) string {
		s := &Set{
			Categories: []annotations.Category{{ID: 3, Name: "cat"}, {ID: 5, Name: "dog"}},
			Items: []Item{
				{ID: 1, FileName: "a.jpg", Path: "x/a.jpg", Width: 4, Height: 5, Boxes: []Box{{Class: 1, X: 1, Y: 2, W: 3, H: 2.5}}},
				{ID: 2, FileName: "b.jpg", Path: "x/b.jpg"},
			},
		}
		change(s)
		return s.Fingerprint()
	}
	whole := fingerprint(func(*Set) {})
	if moved := fingerprint(func(s *Set) { s.Items[0].Path = "y/a.jpg" }); moved != whole {
		t.Errorf("%s with the images elsewhere, want %s", moved, whole)
	}
	seen := map[string]string{whole: "nothing"}
	for name, change := range map[string]func(*Set){
		"category":     func(s *Set) { s.Categories[1].ID = 6 },
		"class name":   func(s *Set) { s.Categories[0].Name = "cow" },
		"id":           func(s *Set) { s.Items[1].ID = 3 },
		"file":         func(s *Set) { s.Items[1].FileName = "c.jpg" },
		"size":         func(s *Set) { s.Items[0].Width = 5 },
		"class":        func(s *Set) { s.Items[0].Boxes[0].Class = 0 },
		"box":          func(s *Set) { s.Items[0].Boxes[0].H = 2.75 },
		"another box":  func(s *Set) { s.Items[1].Boxes = s.Items[0].Boxes },
		"order":        func(s *Set) { s.Items[0], s.Items[1] = s.Items[1], s.Items[0] },
		"fewer images": func(s *Set) { s.Items = s.Items[:1] },
	} {
		f := fingerprint(change)
		if twin, twice := seen[f]; twice {
			t.Errorf("changing %s and %s gives the same", name, twin)
		}
		seen[f] = name
	}
}

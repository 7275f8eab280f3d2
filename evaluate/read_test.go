package evaluate_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/evaluate"
	"cocostat/internal/source/sourcetest"
)

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// packed returns the text as it is and compressed in all ways.
func packed(t *testing.T, text string) map[string][]byte {
	t.Helper()
	return map[string][]byte{"d.json": []byte(text), "d.json.gz": []byte(sourcetest.Gzip(t, text)),
		"d.json.zst": []byte(sourcetest.Zstandard(t, text)), "d.zip": []byte(sourcetest.Zip(t, "d.json", text))}
}

// What is written is read, to the last bit, from every kind of file.
func TestReadDetections(t *testing.T) {
	_, dets := random(2)
	for i := range dets {
		dets[i].Score /= 3
	}
	var b strings.Builder
	if err := evaluate.WriteDetections(&b, dets); err != nil {
		t.Fatal(err)
	}
	p := evaluate.Params{Images: rng64(12), Classes: rng64(5)}
	for name, data := range packed(t, b.String()) {
		f, err := evaluate.ReadDetections(context.Background(), write(t, name, data), p, evaluate.ReadOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(f.Detections, dets) || f.Read != len(dets) || len(f.Problems) > 0 || f.Source.SHA256 == "" {
			t.Errorf("%s: %d detections of %d, read %d, problems %v, source %v", name, len(f.Detections), len(dets), f.Read, f.Problems, f.Source)
		}
	}
	f, err := evaluate.ReadDetections(context.Background(), "-", p, evaluate.ReadOptions{Options: annotations.Options{Stdin: strings.NewReader("[]")}})
	if err != nil || f.Read != 0 || len(f.Detections) != 0 {
		t.Errorf("no detections: %+v, %v", f, err)
	}
}

func TestReadDetectionsProblems(t *testing.T) {
	const text = `[{"image_id":1,"category_id":2,"bbox":[0,0,5,5],"score":0.5},
{"image_id":9,"category_id":2,"bbox":[0,0,5,5],"score":0.5},
{"image_id":1,"category_id":3,"bbox":[0,0,5,5],"score":0.5},
{"image_id":1,"category_id":2,"bbox":[0,0,5,5]},
{"image_id":1,"category_id":2,"bbox":[0,0,5,5],"score":"NaN"},
{"image_id":1,"category_id":2,"segmentation":[],"score":0.5},
{"category_id":2,"bbox":[0,0,5,5],"score":0.5},
{"image_id":1,"category_id":2,"bbox":[0,0,5,5],"score":1.5},
{"image_id":1,"category_id":2,"bbox":[0,0,5,5],"score":-1},
{"image_id":1,"category_id":2,"bbox":[0,0,0,5],"score":0.5},
{"image_id":1,"category_id":2,"bbox":[0,0,5,-1],"score":0.5},
{"image_id":1,"category_id":4,"bbox":[0,0,5,5],"score":0.5}]`
	path := write(t, "d.json", []byte(text))
	p := evaluate.Params{Images: []int64{1}, Classes: []int64{2, 4}, MaxDets: []int{4, 1}}
	f, err := evaluate.ReadDetections(context.Background(), path, p, evaluate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// By hand. Those of class 2 that are kept: the first, two of odd score, two
	// of odd boxes: one more than the limit of four.
	want := map[annotations.Kind]int64{
		annotations.ResultUnknownImage: 1, annotations.ResultUnknownCategory: 1, annotations.ResultNoScore: 2, annotations.ResultNoBox: 1,
		annotations.UnreadableID: 1, annotations.UnreadableField: 1,
		annotations.ResultScore: 2, annotations.ResultEmptyBox: 2, annotations.ResultLimit: 1,
	}
	for i, q := range f.Problems {
		if want[q.Kind] != q.Count {
			t.Errorf("%s: %d times, want %d", q.Kind, q.Count, want[q.Kind])
		}
		delete(want, q.Kind)
		if i > 0 && q.Kind.Severity() > f.Problems[i-1].Kind.Severity() {
			t.Errorf("%s after %s, which is less severe", q.Kind, f.Problems[i-1].Kind)
		}
		for _, e := range q.Examples {
			if c := text[e.Offset]; e.File != path || c != '{' && q.Kind != annotations.UnreadableField {
				t.Errorf("%s: example %+v at %q", q.Kind, e, c)
			}
		}
		if strings.HasPrefix(string(q.Kind), "result") && q.Kind.String() == string(q.Kind) {
			t.Errorf("%s has no text", q.Kind)
		}
	}
	if len(want) > 0 || f.Read != 12 || len(f.Detections) != 6 {
		t.Errorf("not found: %v; read %d, kept %d", want, f.Read, len(f.Detections))
	}
	p.ClassAgnostic = true
	f, err = evaluate.ReadDetections(context.Background(), path, p, evaluate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range f.Problems {
		if q.Kind == annotations.ResultLimit && q.Count != 2 {
			t.Errorf("%d beyond the limit of the image, want 2", q.Count)
		}
	}
}

func TestReadDetectionsErrors(t *testing.T) {
	p := evaluate.Params{Images: []int64{1}, Classes: []int64{1}}
	for text, says := range map[string]string{
		`[{"score": NaN}]`: "NaN",
		`{"images": []}`:   "give the ground truth first",
	} {
		path := write(t, "d.json", []byte(text))
		if _, err := evaluate.ReadDetections(context.Background(), path, p, evaluate.ReadOptions{}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", text, err)
		}
	}
	if _, err := evaluate.ReadDetections(context.Background(), "missing.json", p, evaluate.ReadOptions{}); err == nil {
		t.Error("a missing file: no error")
	}
}

// Read from the file, the published detections give the published numbers; in
// the tests beside this one encoding/json reads them.
func TestPublishedFiles(t *testing.T) {
	truths, dets, p := published(t)
	folder := filepath.Join("..", "..", "shared", "data", "eval")
	d, err := dataset.Load(context.Background(), filepath.Join(folder, "instances_val2014_100.json"))
	if err != nil {
		t.Fatal(err)
	}
	read, q := evaluate.FromDataset(d)
	f, err := evaluate.ReadDetections(context.Background(), filepath.Join(folder, "instances_val2014_fakebbox100_results.json"), q, evaluate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Detections, dets) || len(read) != len(truths) {
		t.Fatalf("%d detections and %d truths, want %d and %d", len(f.Detections), len(read), len(dets), len(truths))
	}
	got, want := mustMatch(t, read, f.Detections, q), mustMatch(t, truths, dets, p)
	if !reflect.DeepEqual(mustArrays(t, got), mustArrays(t, want)) || got.Result().Stats() != want.Result().Stats() {
		t.Error("another result than of the same values read by encoding/json")
	}
}

// Names that begin after detections with known ids, and which decide against
// these; and numbers that fit some names by chance, which do not.
func TestReadDetectionsByName(t *testing.T) {
	images := []annotations.Image{{ID: 1, FileName: "d/7.jpg"}, {ID: 2, FileName: "d/1.jpg"}, {ID: 3, FileName: "d/2.jpg"}}
	p := evaluate.Params{Images: []int64{1, 2, 3}, Classes: []int64{5}, MaxDets: []int{1}}
	read := func(text string, match evaluate.MatchBy) *evaluate.DetectionFile {
		t.Helper()
		f, err := evaluate.ReadDetections(context.Background(), write(t, "d.json", []byte(text)), p, evaluate.ReadOptions{Images: images, Match: match})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	found := func(f *evaluate.DetectionFile) (ids []int64) {
		for _, d := range f.Detections {
			ids = append(ids, d.ImageID)
		}
		return ids
	}
	// Ids 1 and 2 are known; 7 is the name of image 1 alone, so all are names.
	const late = `[{"image_id":1,"category_id":5,"bbox":[0,0,5,5],"score":0.5},
{"image_id":2,"category_id":5,"bbox":[0,0,5,5],"score":0.5},
{"image_id":7,"category_id":5,"bbox":[0,0,5,5],"score":0.5},
{"image_id":7,"category_id":5,"bbox":[0,0,5,0],"score":0.5},
{"image_id":7,"category_id":6,"bbox":[0,0,5,5],"score":0.5}]`
	f := read(late, evaluate.MatchAuto)
	if ids := found(f); f.Matched != evaluate.MatchFileName || !slices.Equal(ids, []int64{2, 3, 1, 1}) || !slices.Equal(f.Images, []int64{1, 2, 3}) || f.Categories[6] != 1 {
		t.Errorf("by %s: images %v of %v", f.Matched, ids, f.Images)
	}
	for _, q := range f.Problems {
		for _, e := range q.Examples {
			if late[e.Offset] != '{' || q.Count != 1 {
				t.Errorf("%s: %d times, at %q", q.Kind, q.Count, late[e.Offset])
			}
		}
	}
	if len(f.Problems) != 3 { // unknown category, empty box, beyond the limit
		t.Errorf("problems %v", f.Problems)
	}
	if f = read(late, evaluate.MatchID); f.Matched != evaluate.MatchID || !slices.Equal(found(f), []int64{1, 2}) || f.UnknownImage != "image_id 7" {
		t.Errorf("--match id: by %s, images %v, unknown %s", f.Matched, found(f), f.UnknownImage)
	}
	if f = read(`[{"image_id":1,"category_id":5,"bbox":[0,0,5,5],"score":0.5}]`, evaluate.MatchFileName); !slices.Equal(found(f), []int64{2}) {
		t.Errorf("--match file-name: images %v", found(f))
	}
	// Of five unknown ids one is a name's number.
	f = read(`[{"image_id":7,"category_id":5,"bbox":[0,0,5,5],"score":0.5},{"image_id":8,"category_id":5,"bbox":[0,0,5,5],"score":0.5},
{"image_id":9,"category_id":5,"bbox":[0,0,5,5],"score":0.5},{"image_id":10,"category_id":5,"bbox":[0,0,5,5],"score":0.5},{"image_id":11,"category_id":5,"bbox":[0,0,5,5],"score":0.5}]`, evaluate.MatchAuto)
	if f.Matched != evaluate.MatchID || len(f.Detections) != 0 {
		t.Errorf("by chance: by %s, %d detections", f.Matched, len(f.Detections))
	}
}

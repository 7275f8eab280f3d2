package coco

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
)

// scanResultsText reads a text in chunks of the given size; 0 stands for the
// normal one.
func scanResultsText(text string, size int) ([]annotations.Result, map[annotations.Kind]int, error) {
	var list []annotations.Result
	problems := map[annotations.Kind]int{}
	visit := func(r []annotations.Result) error {
		list = append(list, r...)
		return nil
	}
	problem := func(kind annotations.Kind, _, at int64) { problems[kind]++ }
	limit := size * 3 / 4
	if size == 0 {
		size, limit = chunkSize, maxToken
	}
	v := visitor{Visitor: annotations.Visitor{Problem: problem}, results: visit}
	err := scanResults(bg, strings.NewReader(text), "test.json", v, size, limit)
	return list, problems, err
}

// refResult is what encoding/json makes of an element.
type refResult struct {
	ImageID    int64      `json:"image_id"`
	CategoryID int64      `json:"category_id"`
	BBox       [4]float64 `json:"bbox"`
	Score      float64    `json:"score"`
}

// generateResults writes a results file with members in any order, others
// between them, and spaces; one in three elements has a layout of its own.
func generateResults(r *rand.Rand) string {
	number := func() string {
		return []string{
			fmt.Sprint(r.IntN(1000)), fmt.Sprint(r.Float64()), fmt.Sprint(r.NormFloat64() * 100), fmt.Sprintf("%.2f", r.Float64()*600),
			fmt.Sprintf("%.16f", r.Float64()), fmt.Sprintf("%.17g", r.Float64()*500), fmt.Sprintf("%.18f", r.Float64()*9), fmt.Sprintf("%.20f", r.Float64()), fmt.Sprintf("%.3e", r.Float64()),
		}[r.IntN(9)]
	}
	usual := []int{0, 1, 2, 3}
	var b strings.Builder
	b.WriteString([]string{"[", " [\n", "[ "}[r.IntN(3)])
	for i := range r.IntN(60) {
		if i > 0 {
			b.WriteString([]string{",", ", ", ",\n"}[r.IntN(3)])
		}
		order := usual
		if r.IntN(3) == 0 {
			order = r.Perm(6)
		}
		b.WriteString("{")
		for n, m := range order {
			if n > 0 {
				b.WriteString(", ")
			}
			switch m {
			case 0:
				fmt.Fprintf(&b, `"image_id": %d`, r.IntN(600000))
			case 1:
				fmt.Fprintf(&b, `"category_id": %d`, r.IntN(90))
			case 2:
				fmt.Fprintf(&b, `"bbox": [%s, %s, %s,%s]`, number(), number(), number(), number())
			case 3:
				fmt.Fprintf(&b, `"score": %s`, number())
			case 4:
				b.WriteString(`"segmentation": {"size": [4, 5], "counts": "a},{b"}`)
			default:
				b.WriteString(`"area": 5, "id": 7, "keypoints": [1, 2, 2]`)
			}
		}
		b.WriteString("}")
	}
	b.WriteString([]string{"]", "\n]\n"}[r.IntN(2)])
	return b.String()
}

func TestScanResults(t *testing.T) {
	elements := 0
	for seed := range uint64(400) {
		text := generateResults(rand.New(rand.NewPCG(seed, 3)))
		var want []refResult
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		for _, size := range []int{0, []int{160, 256, 1000}[seed%3]} {
			list, problems, err := scanResultsText(text, size)
			if err != nil || len(problems) > 0 {
				t.Fatalf("seed %d, chunks of %d: error %v, problems %v", seed, size, err, problems)
			}
			if len(list) != len(want) {
				t.Fatalf("seed %d, chunks of %d: %d elements, want %d", seed, size, len(list), len(want))
			}
			for i, r := range list {
				got := refResult{r.ImageID, r.CategoryID, r.BBox, r.Score}
				if got != want[i] || r.Has != annotations.FieldImageID|annotations.FieldCategoryID|annotations.FieldBBox|annotations.FieldScore || text[r.Offset] != '{' {
					t.Fatalf("seed %d, chunks of %d: element %d: %+v, want %+v", seed, size, i, r, want[i])
				}
			}
		}
		elements += len(want)
	}
	if elements < 5000 {
		t.Errorf("only %d elements: the generator has gone wrong", elements)
	}
}

// Elements that are odd, and what is told of them.
func TestScanResultsOdd(t *testing.T) {
	const text = `[
{"image_id": 1, "category_id": 2, "segmentation": {"size": [1, 1], "counts": "x"}, "score": 0.5},
{"image_id": 1, "category_id": 2, "keypoints": [1, 2, 2], "score": 0.5, "bbox": []},
{"image_id": "7", "category_id": 2, "bbox": [1, 2, 3, 4], "score": "0.25"},
{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5},
null, 5,
{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3], "score": null},
{"score": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, -4], "score": -2}]`
	const ids = annotations.FieldImageID | annotations.FieldCategoryID
	want := []annotations.Result{
		{ImageID: 1, CategoryID: 2, Score: 0.5, Has: ids | annotations.FieldScore},
		{ImageID: 1, CategoryID: 2, Score: 0.5, Has: ids | annotations.FieldScore},
		{ImageID: 7, CategoryID: 2, BBox: [4]float64{1, 2, 3, 4}, Score: 0.25, Has: ids | annotations.FieldBBox | annotations.FieldScore},
		{ImageID: 1, BBox: [4]float64{1, 2, 3, 4}, Score: 0.5, Has: annotations.FieldImageID | annotations.FieldBBox | annotations.FieldScore},
		{ImageID: 1, CategoryID: 2, Has: ids},
		{ImageID: 1, CategoryID: 2, BBox: [4]float64{1, 2, 3, -4}, Score: -2, Has: ids | annotations.FieldBBox | annotations.FieldScore},
	}
	told := map[annotations.Kind]int{annotations.StringID: 1, annotations.StringNumber: 1, annotations.UnreadableID: 1, annotations.NotAnObject: 2, annotations.UnreadableField: 1, annotations.DuplicateKey: 1}
	for _, size := range []int{0, 200} {
		list, problems, err := scanResultsText(text, size)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			list[i].Offset = 0
		}
		if !reflect.DeepEqual(list, want) || !reflect.DeepEqual(problems, told) {
			t.Errorf("chunks of %d: %+v\n%v\nwant %+v\n%v", size, list, problems, want, told)
		}
	}
}

func TestScanResultsRefused(t *testing.T) {
	for text, says := range map[string]string{
		"":                                  "the file is empty",
		" ":                                 "nothing but spaces",
		`{"images": [], "annotations": []}`: "give the ground truth first",
		"{\"image_id\": 1, \"score\": 1}\n{\"image_id\": 2}":                                         "as in JSON lines: join the lines",
		`{"image_id": 1, "segmentation": {"counts": "x"}, "score": 1}`:                               "as in JSON lines",
		`{"annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}`:                 "byte 17: the first annotation has no score",
		`{"images": [{"file": "a.jpg", "detections": []}], "detection_categories": {"1": "animal"}}`: "this is the output of MegaDetector",
		`{"annotations": [{"image_id": 1, "score": 1}`:                                               "truncated",
		`{"images": [{"id": 1}], "annotations": [{"image_id": 1, "score": 1}]}`:                      "of its own, whose ids need not be those of the ground truth",
		"<html>":                              "HTML page",
		"hello":                               "expected '[', found 'h'; expected COCO detection results",
		`[{"score": 1}`:                       "truncated",
		`[{"score": 1},`:                      "truncated",
		`[{"image_id": 1, "score": NaN}]`:     "line 1, column 27 (byte 26): expected a value, found NaN, which is not JSON",
		`[{"score": 1}, ]`:                    "expected another element after ','",
		`[{"score": 1}] [`:                    "expected the end of the file",
		`[{"score": 1} {"score": 1}]`:         "expected ',' or ']'",
		`[{"image_id": 1, "bbox": [1, 2, }]`:  "expected a value, found '}'",
		`[{"score": 1}, {"score": Infinity}]`: "Infinity, which is not JSON",
	} {
		for _, size := range []int{0, 40} {
			if _, _, err := scanResultsText(text, size); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("chunks of %d, %s: error %v, want one that says %q", size, text, err, says)
			}
		}
	}
	stop := errors.New("enough")
	text := generateResults(rand.New(rand.NewPCG(2, 3)))
	if err := ScanResults(bg, strings.NewReader(text), "x", func([]annotations.Result) error { return stop }, nil, nil); err != stop {
		t.Errorf("the visitor's error became %v", err)
	}
}

// A list in an object is the list, wherever chunks end and whatever is beside
// it; a second one is read and reported.
func TestScanResultsInObject(t *testing.T) {
	for seed := range uint64(100) {
		text := generateResults(rand.New(rand.NewPCG(seed, 3)))
		for _, size := range []int{0, 160, 1000} {
			want, _, err := scanResultsText(text, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(want) == 0 || want[0].Has&annotations.FieldScore == 0 {
				continue
			}
			before := `{"info": {"annotations": [1]}, "annotations": `
			for i := range want {
				want[i].Offset += int64(len(before))
			}
			got, problems, err := scanResultsText(before+text+`, "licenses": [{"id": 1}]}`, size)
			if err != nil || len(problems) > 0 || !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, chunks of %d: error %v, problems %v, %d elements, want %d", seed, size, err, problems, len(got), len(want))
			}
		}
	}
	const twice = `{"results": [{"image_id": 1, "score": 1}], "predictions": [{"image_id": 2, "score": 1}], "detections": 5}`
	got, problems, err := scanResultsText(twice, 0)
	if err != nil || len(got) != 2 || problems[annotations.DuplicateList] != 1 {
		t.Errorf("%v, problems %v, error %v", got, problems, err)
	}
}

// What an element calls its image: file_name, or an image_id that is a text.
func TestScanResultsNames(t *testing.T) {
	const text = `[{"image_id": 17, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1},
{"image_id": 17, "file_name": "17.jpg", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1},
{"image_id": "a\u00e9", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1},
{"image_id": "b", "file_name": "c.png", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1},
{"image_id": "12", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1},
{"file_name": "d.png", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]`
	want := []string{"", "17.jpg", "aé", "c.png", "", "d.png"}
	for _, size := range []int{0, 200} {
		list, _, err := scanResultsText(text, size)
		if err != nil || len(list) != len(want) {
			t.Fatalf("%d elements, error %v", len(list), err)
		}
		for i, r := range list {
			if r.FileName != want[i] || r.Has&annotations.FieldName != 0 {
				t.Errorf("chunks of %d: element %d: %q, want %q, fields %b", size, i, r.FileName, want[i], r.Has)
			}
		}
	}
}

package commands

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

const (
	tiny      = "testdata/tiny.json"
	trainJSON = "testdata/compare/instances_train.json"
	valJSON   = "testdata/compare/instances_val.json"

	evalTruthJSON = "testdata/eval/truth.json"
	evalA         = "testdata/eval/a.json"
	evalB         = "testdata/eval/b.json"
	evalWeights   = "testdata/eval/weights.csv"
)

// Of the 3 (image, class) pairs of tiny.json the rarest class holds one, of the 11 of
// truth.json too.
const (
	tinyHasNoTail  = "no class is in the tail: the rarest is shepherd, which holds 33.33 % of all (image, class) pairs: --tail-ratio 0.334 takes it into it\n"
	truthHasNoTail = "no class is in the tail: the rarest is cart, which holds 9.09 % of all (image, class) pairs: --tail-ratio 0.091 takes it into it\n"
)

// goldenNotes are what commands say on standard error.
var goldenNotes = map[string]string{
	"analyze-csv":   tinyHasNoTail + "2 of 6 annotations are not counted, as they refer to no listed image or category: cocostat validate says where\n",
	"analyze-files": "no class is in the tail, as none is rarer than another: all have equally many (image, class) pairs\n",
	"analyze-table": tinyHasNoTail, "analyze-markdown": tinyHasNoTail, "analyze-json": tinyHasNoTail, "analyze-no-crowd": tinyHasNoTail, "analyze-columns": tinyHasNoTail,
	"eval-markdown": truthHasNoTail, "eval-json": truthHasNoTail, "eval-runs": truthHasNoTail, "eval-two-csv": truthHasNoTail,
	"eval-columns": `left out as asked: 2 "bus" (14 annotations), 3 "tram" (5 annotations), 9 "unicycle" (0 annotations)
no class is in the tail: the rarest is cart, which holds 18.75 % of all (image, class) pairs: --tail-ratio 0.188 takes it into it
testdata/eval/a.json: left out 29 detections of these classes
`,
}

// What the commands print is as it was when somebody last read it.
func TestGolden(t *testing.T) {
	used := map[string]bool{}
	for name, c := range map[string]struct {
		code int
		args []string
	}{
		"analyze-table":      {0, []string{"analyze", tiny}},
		"analyze-markdown":   {0, []string{"analyze", "--format", "markdown", tiny}},
		"analyze-csv":        {0, []string{"analyze", "--format", "csv", "--sort", "id", tiny}},
		"analyze-json":       {0, []string{"analyze", "--format", "json", tiny}},
		"analyze-no-crowd":   {0, []string{"analyze", "--no-crowd", "--top", "2", "--sort", "name", tiny}},
		"analyze-tail-ratio": {0, []string{"analyze", "--tail-ratio", "0.5", "--sort", "images", tiny}},
		"analyze-columns": {0, []string{"analyze", "--columns", "name,per_image,small,medium,large,width_p10,width_p90,aspect_p50",
			"--sort", "width_p90", "--reverse", tiny}},
		"analyze-files":     {0, []string{"analyze", trainJSON, "testdata/shards/shard.json"}},
		"validate-table":    {4, []string{"validate", tiny}},
		"validate-files":    {4, []string{"validate", trainJSON, "testdata/shards/shard.json"}},
		"validate-markdown": {4, []string{"validate", "--format", "markdown", tiny}},
		"validate-csv":      {4, []string{"validate", "--format", "csv", tiny}},
		"validate-json":     {4, []string{"validate", "--format", "json", tiny}},
		"compare-table":     {0, []string{"compare", trainJSON, valJSON}},
		"compare-markdown":  {0, []string{"compare", "--format", "markdown", trainJSON, valJSON}},
		"compare-csv":       {0, []string{"compare", "--format", "csv", "--sort", "id_b", trainJSON, valJSON}},
		"compare-json":      {0, []string{"compare", "--format", "json", trainJSON, valJSON}},
		"compare-id":        {0, []string{"compare", "--by", "id", "--columns", "all", trainJSON, valJSON}},
		"eval-table":        {0, []string{"eval", evalTruthJSON, evalA, "--weights", evalWeights}},
		"eval-markdown":     {0, []string{"eval", evalTruthJSON, "testdata/eval/odd.json", "--format", "markdown", "--score", "0.5"}},
		"eval-csv":          {0, []string{"eval", evalTruthJSON, evalA, "--weights", evalWeights, "--format", "csv", "--sort", "id"}},
		"eval-json":         {0, []string{"eval", evalTruthJSON, evalA, "--format", "json", "--iou", "0.5", "--areas", "all,tiny=0:1000"}},
		"eval-agnostic":     {0, []string{"eval", evalTruthJSON, evalA, "--class-agnostic", "--max-dets", "2,300"}},
		"eval-columns":      {0, []string{"eval", evalTruthJSON, evalA, "--classes", "car,4", "--columns", "id,name,ap_small,ap_medium,ap_large", "--top", "1"}},
		"eval-two":          {0, []string{"eval", evalTruthJSON, evalA, evalB, "--weights", evalWeights}},
		"eval-runs":         {0, []string{"eval", evalTruthJSON, evalA, "vs", evalB, "testdata/eval/b2.json", "--rounds", "200", "--confidence", "0.9", "--format", "markdown"}},
		"eval-two-csv":      {0, []string{"eval", evalTruthJSON, evalA, evalB, "--format", "csv"}},
		"compare-same":      {0, []string{"compare", "--top", "1", "--sort", "name", trainJSON, trainJSON}},
	} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".golden")
			got, errs, code := cocostat(context.Background(), "", c.args...)
			if code != c.code || errs != goldenNotes[name] {
				t.Fatalf("exit code %d, want %d, stderr %q, want %q", code, c.code, errs, goldenNotes[name])
			}
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("output differs from %s:\n%s", golden, got)
			}
		})
		used[name+".golden"] = true
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[filepath.Base(f)] {
			t.Errorf("%s belongs to no test", f)
		}
	}
}

package groups

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights/codec"
)

// By hand: the tails hold 5, 15, 40, 100 % of the pairs and 0.15, 1.8, 7.4,
// 100 % of the 5398 instances.
func TestGroups(t *testing.T) {
	for args, want := range map[string]string{
		"--tail-ratio 0.0867":          "head head head tail",
		"--tail-ratio 0.15":            "head head tail tail",
		"--tail-ratio 1":               "tail tail tail tail",
		"--tail-ratio 0":               "head head head head",
		"--instance-tail-ratio 0.05":   "head head tail tail",
		"--instance-tail-ratio 0.08":   "head tail tail tail",
		"--top 1":                      "head tail tail tail",
		"--simcal":                     "[400,8000) [20,400) [20,400) [0,20)",
		"--thresholds 8,90":            "[90,inf) [90,inf) [90,inf) [8,90)",
		"--image-thresholds 10,20":     "[20,inf) [20,inf) [10,20) [0,10)",
		"--lvis":                       "rare rare rare rare", // as the file has it
		"--thresholds few-many=100":    "[100,inf) [100,inf) [0,100) [0,100)",
		"--lvis=as-given --lvis":       "rare rare rare rare",
		"--top two=2 --tail-ratio 0.3": "head head tail tail",
	} {
		commandtest.WeightsFile(t)
		_, notes, code := cocostat(t.Context(), "", append([]string{"groups", "w.arrow", "-o", "out.arrow"}, strings.Fields(args)...)...)
		if code != 0 {
			t.Errorf("%s: exit code %d: %s", args, code, notes)
			continue
		}
		table, err := codec.ReadFile("out.arrow")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range table.Rows {
			got = append(got, r.Groups[0])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: groups %q, want %q", args, got, want)
		}
	}
}

func TestGroupsPrints(t *testing.T) {
	commandtest.WeightsFile(t)
	out, notes, code := cocostat(t.Context(), "", "groups", "w.arrow", "--tail-ratio", "few=0.16", "--simcal")
	want := `grouping  group       classes  instances each  instances    share  (image, class) pairs    share
------------------------------------------------------------------------------------------------
few       head              2    300 to 5,000      5,300  98.18 %                    85  85.00 %
          tail              2         8 to 90         98   1.82 %                    15  15.00 %
simcal    [8000,inf)        0               –          0   0.00 %                     0   0.00 %
          [400,8000)        1  5,000 to 5,000      5,000  92.63 %                    60  60.00 %
          [20,400)          2       90 to 300        390   7.22 %                    35  35.00 %
          [0,20)            1          8 to 8          8   0.15 %                     5   5.00 %

few: tail ratio 15.00 %, λ 0.25 (asked for at most 16.00 %)
`
	if code != 0 || out != want || notes != "nothing is written without -o\n" {
		t.Errorf("exit code %d, notes %q, output\n%swant\n%s", code, notes, out, want)
	}
	out, _, _ = cocostat(t.Context(), "", "groups", "w.arrow", "--top", "2", "--format", "csv")
	if want := "category_id,name,instances,images,frequency,group:top-2\n10,a,5000,60,0.6,head\n11,b,300,25,0.25,head\n12,c,90,10,0.1,tail\n13,d,8,5,0.05,tail\n"; out != want {
		t.Errorf("CSV\n%swant\n%s", out, want)
	}
}

// What a format has no place for is said: settings that were lost, and those
// that take the place of settings that a file never had.
func TestGroupsSaysWhatIsLost(t *testing.T) {
	commandtest.WeightsFile(t)
	const bare = "has no metadata: the settings are intensity 1, schedule constant and eta 1\n"
	for _, c := range []struct{ args, want string }{
		{"groups w.arrow --top 1 -o w.csv", "wrote w.csv: 1 grouping of 4 classes, 1 in all, without the metadata\n"},
		{"groups w.csv --top 2 -o again.csv", "wrote again.csv: 1 grouping of 4 classes, 2 in all\n"},
		{"groups w.csv --top 2 -o w.json", "w.csv " + bare + "wrote w.json: 1 grouping of 4 classes, 2 in all\n"},
		{"schedule w.csv --epochs 3", "w.csv " + bare},
	} {
		if _, notes, code := cocostat(t.Context(), "", strings.Fields(c.args)...); code != 0 || notes != c.want {
			t.Errorf("%q: exit code %d, notes %q, want %q", c.args, code, notes, c.want)
		}
	}
}

// Groupings of several calls add up in the file, and one of the same name is
// replaced; the file's own columns and metadata stay.
func TestGroupsAddsUp(t *testing.T) {
	commandtest.WeightsFile(t)
	for _, args := range []string{"--top x=1 --lvis", "--simcal", "--top x=3"} {
		if _, notes, code := cocostat(t.Context(), "", append([]string{"groups", "w.arrow", "-o", "w.arrow"}, strings.Fields(args)...)...); code != 0 {
			t.Fatal(notes)
		}
	}
	table, err := codec.ReadFile("w.arrow")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range table.Meta.Groupings {
		names = append(names, g.Name)
	}
	if !slices.Equal(names, []string{"x", "lvis", "simcal"}) {
		t.Errorf("groupings %q", names)
	}
	x := table.Meta.Groupings[0]
	if x.Method != "top" || !slices.Equal(x.Groups, []string{"head", "tail"}) || x.Parameters["classes"] != 3.0 || table.Rows[2].Groups[0] != "head" {
		t.Errorf("grouping %+v, class c in %q", x, table.Rows[2].Groups[0])
	}
	if r := table.Rows[3]; r.Group != "head" || r.LVISGroup != "rare" || r.Instances != 8 || table.Meta.Eta.Value != 0.8 {
		t.Errorf("row %+v, metadata %+v", r, table.Meta)
	}
}

// The paper of the equalization loss: λ = 1.76e-3 makes 912 of LVIS v0.5's
// classes the tail, with a ratio of 8.94 %. LVIS states 454 rare, 461 common and
// 315 frequent classes.
func TestGroupsOfLVIS(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/data/lvis/lvis_v0.5_train_counts.json")
	if os.IsNotExist(err) {
		t.Skip("the LVIS counts are not here: ../shared/data/lvis is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Annotated int64 `json:"images_with_annotations"`
		Classes   []struct{ Instances, Images int64 }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var counts [][2]int64
	for _, c := range file.Classes {
		counts = append(counts, [2]int64{c.Instances, c.Images})
	}
	t.Chdir(t.TempDir())
	table := commandtest.TableOf(file.Annotated, counts...)
	for i := range table.Rows {
		table.Rows[i].Name = strconv.Itoa(i)
	}
	if err := codec.WriteFile("lvis.parquet", table); err != nil {
		t.Fatal(err)
	}
	out, notes, code := cocostat(t.Context(), "", "groups", "lvis.parquet", "--tail-ratio", "0.0894", "--image-thresholds", "11,101", "--format", "json")
	if code != 0 {
		t.Fatal(notes)
	}
	var report struct {
		Groupings []struct {
			Parameters struct{ Reached, Lambda float64 }
			Groups     []struct{ Classes int }
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	tail := report.Groupings[0]
	if n := tail.Groups[1].Classes; n != 912 || math.Abs(tail.Parameters.Lambda-0.00176) > 5e-6 || math.Abs(tail.Parameters.Reached-0.0894) > 5e-5 {
		t.Errorf("%d classes in the tail, %+v; want 912, λ 0.00176, ratio 0.0894", n, tail.Parameters)
	}
	for i, want := range []int{315, 461, 454} {
		if got := report.Groupings[1].Groups[i].Classes; got != want {
			t.Errorf("%d classes in group %d, want %d", got, i, want)
		}
	}
}

func TestGroupsFailures(t *testing.T) {
	commandtest.WeightsFile(t)
	table, err := codec.ReadFile("w.arrow")
	if err == nil {
		err = codec.WriteFile("w.json", table)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("source.json", []byte(commandtest.LTSource), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code       int
		args, what string
	}{
		{2, "", "accepts 1 arg"},
		{2, "w.arrow --simcal bins", "bins is a second argument: the name of a grouping follows --simcal with =, as --simcal=bins"},
		{2, "--lvis bins w.arrow", "as --lvis=bins"},
		{2, "w.arrow bins", "accepts 1 arg"},
		{2, "w.arrow --tail-ratio 1.5", `--tail-ratio "1.5": not a number in [0, 1]`},
		{2, "w.arrow --tail-ratio NaN", "not a number in [0, 1]"},
		{2, "w.arrow --top -1", "not a number of classes"},
		{2, "w.arrow --thresholds 4,x", `"x" is no whole number`},
		{2, "w.arrow --thresholds 4,3", "must ascend"},
		{2, "w.arrow --top =3", "needs a name"},
		{2, "w.arrow --simcal --simcal", `two groupings would have the name "simcal": give one another, as --simcal=NAME`},
		{2, "w.arrow --top 3 --top 3", "as --top=NAME=3"},
		{2, "w.arrow --format xml", "--format"},
		{2, "w.arrow --output=", "--output is empty"},
		{2, "w.json --report w.json", "would overwrite the weights"},
		{2, "w.arrow --report w.html", "nothing is written as .html"},
		{2, "w.arrow -o w.html", "nothing is written as .html"},
		{2, "w.arrow -o -", "--output: standard output gets the table"},
		{1, "w.arrow -o none/w.arrow", "cannot write none/w.arrow"},
		{1, "missing.arrow", "missing.arrow"},
		{1, "source.json", "source.json"},
	} {
		cocostat.Fails(t.Context(), t, c.code, c.what, "", append([]string{"groups"}, strings.Fields(c.args)...)...)
	}
}

// The name of before works, and says what it is called now.
func TestSplitIsCalledGroups(t *testing.T) {
	commandtest.WeightsFile(t)
	program := commandtest.New(NewCommand, NewSplitCommand)
	want, _, _ := program(t.Context(), "", "groups", "w.arrow", "--top", "2")
	out, notes, code := program(t.Context(), "", "split", "w.arrow", "--top", "2")
	if code != 0 || out != want || !strings.HasPrefix(notes, "'cocostat split' is called 'cocostat groups'") {
		t.Errorf("exit code %d, %s%s", code, notes, out)
	}
	if help, _, _ := program(t.Context(), "", "--help"); strings.Contains(help, "split") || !strings.Contains(help, "groups") {
		t.Errorf("the help lists\n%s", help)
	}
}

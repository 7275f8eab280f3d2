package eval

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"cocostat/evaluate"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/progress"
)

// evalComparison is what eval reports of two detectors. Its JSON form is the
// output of --format json.
type evalComparison struct {
	Truth      evalTruth             `json:"ground_truth"`
	A          []evalDetections      `json:"a"`
	B          []evalDetections      `json:"b"`
	Settings   evalSettings          `json:"settings"`
	Rounds     int                   `json:"rounds"`
	Seed       uint64                `json:"seed"`
	Confidence float64               `json:"confidence"`
	Summary    []summaryPair         `json:"summary"`
	All        comparedAPs           `json:"all"`
	Groupings  []evalGroupingChanges `json:"groupings"`
	Problems   []problems.Problem    `json:"problems"`
	Classes    []evalDifference      `json:"classes"`
}

// summaryPair is one of the twelve numbers of both detectors, means over their
// runs, and how far the runs of each lie apart.
type summaryPair struct {
	Name    string      `json:"name"`
	IoU     string      `json:"iou"`
	Area    string      `json:"area"`
	MaxDets int         `json:"max_dets"`
	A       output.Real `json:"a"`
	B       output.Real `json:"b"`
	SpreadA output.Real `json:"deviation_a"` // standard deviation of the runs; null of one run
	SpreadB output.Real `json:"deviation_b"`
}

// compared is an AP of two detectors. The interval is that of the difference;
// its ends are NaN where there is none.
type compared struct {
	A          output.Real `json:"a"`
	B          output.Real `json:"b"`
	Difference output.Real `json:"difference"` // B − A
	Low        output.Real `json:"low"`
	High       output.Real `json:"high"`
	Clear      bool        `json:"clear"` // the interval excludes 0
}

type comparedAPs struct {
	AP   compared `json:"ap"`
	AP50 compared `json:"ap50"`
	AP75 compared `json:"ap75"`
}

// evalGroupingChanges are the differences of the groups of a grouping.
type evalGroupingChanges struct {
	Name   string        `json:"name"`
	Origin string        `json:"origin"`
	Groups []groupChange `json:"groups"`
}

type groupChange struct {
	Name    string `json:"name"`
	Used    int    `json:"classes_with_objects"`
	Objects int64  `json:"objects"`
	comparedAPs
}

// evalDifference is a class.
type evalDifference struct {
	ID        int64             `json:"category_id"`
	Name      string            `json:"name"`
	Groups    map[string]string `json:"groups"`
	Instances int64             `json:"instances"`
	comparedAPs
}

// mark marks a difference that the choice of images does not explain.
func (c *compared) mark() string {
	if c.Clear {
		return "*"
	}
	return ""
}

func newCompared(c evaluate.Compared) compared {
	d := c.Difference
	return compared{output.Real(c.A.Value), output.Real(c.B.Value), output.Real(d.Value), output.Real(d.Low), output.Real(d.High), d.Low > 0 || d.High < 0}
}

func newComparedAPs(c evaluate.APsCompared) comparedAPs {
	return comparedAPs{newCompared(c.AP), newCompared(c.AP50), newCompared(c.AP75)}
}

// runEvalTwo compares two detectors.
func runEvalTwo(ctx context.Context, o *options, in *evalInput) error {
	resultsA, samplesA, err := in.evaluateRuns(ctx, o, in.a)
	if err != nil {
		return err
	}
	resultsB, samplesB, err := in.evaluateRuns(ctx, o, in.b)
	if err != nil {
		return err
	}
	options := evaluate.BootstrapOptions{Rounds: o.rounds, Level: o.confidence, Seed: o.seed, Runs: len(in.a)+len(in.b) > 2}
	for _, g := range in.groupings {
		for at, name := range g.Groups {
			options.Groups = append(options.Groups, evaluate.ClassGroup{Name: name, Classes: g.ids[at]})
		}
	}
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	line.Update(func() string { return "choosing images at random, " + output.Plural(o.rounds, "time") })
	boot, err := evaluate.Bootstrap(ctx, samplesA, samplesB, options)
	line.Done()
	if err != nil {
		return err
	}
	c := newEvalComparison(o, in, resultsA, resultsB, boot)
	if err := c.writeFiles(o); err != nil {
		return err
	}
	if o.plot != "" {
		if err := c.writePlot(o, resultsA, resultsB); err != nil {
			return err
		}
		o.Notef("wrote %s", o.plot)
	}
	if err := c.print(o.Streams.Out, o, o.format); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	o.tellBesideCSV(c.Problems)
	return o.judge(c.Problems)
}

// evaluateRuns evaluates the files of a detector one after the other.
func (in *evalInput) evaluateRuns(ctx context.Context, o *options, files []*evaluate.DetectionFile) ([]*evaluate.Result, []*evaluate.Sample, error) {
	var results []*evaluate.Result
	var samples []*evaluate.Sample
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		matches, matching, err := in.match(f)
		if err != nil {
			return nil, nil, err
		}
		r := matches.Result()
		s, err := matches.Sample("all")
		if err != nil {
			return nil, nil, err
		}
		in.addHints(o, f, r, matching)
		f.Detections = nil // the sample has what counts
		results, samples = append(results, r), append(samples, s)
	}
	return results, samples, nil
}

func newEvalComparison(o *options, in *evalInput, a, b []*evaluate.Result, boot *evaluate.Comparison) *evalComparison {
	p := &a[0].Params
	c := &evalComparison{Truth: newEvalTruth(o, in, p.Classes), A: runsOf(in.a, a), B: runsOf(in.b, b),
		Settings: newEvalSettings(o, p), Rounds: o.rounds, Seed: o.seed, Confidence: o.confidence,
		Summary: newSummaryPairs(a, b), All: newComparedAPs(boot.All), Problems: in.allProblems(in.fromWhole),
		Groupings: []evalGroupingChanges{}, Classes: []evalDifference{}}
	if o.classAgnostic {
		return c
	}
	names, counts := classNames(in.dataset), countTruths(in.truths, p.Classes)
	for k, id := range p.Classes {
		c.Classes = append(c.Classes, evalDifference{id, names[id], groupsOf(in.groupings, id), counts[k].instances, newComparedAPs(boot.Classes[k])})
	}
	next := 0
	for _, g := range in.groupings {
		changes := evalGroupingChanges{Name: g.Name, Origin: g.Origin}
		for at, name := range g.Groups {
			change := groupChange{Name: name, comparedAPs: newComparedAPs(boot.Groups[next])}
			next++
			for i := range c.Classes {
				if group, ok := g.of[c.Classes[i].ID]; ok && group == at && c.Classes[i].Instances > 0 {
					change.Used++
					change.Objects += c.Classes[i].Instances
				}
			}
			changes.Groups = append(changes.Groups, change)
		}
		c.Groupings = append(c.Groupings, changes)
	}
	return c
}

func runsOf(files []*evaluate.DetectionFile, results []*evaluate.Result) []evalDetections {
	out := make([]evalDetections, len(files))
	for i, f := range files {
		out[i] = newEvalDetections(f, results[i])
	}
	return out
}

// newSummaryPairs compares the twelve numbers.
func newSummaryPairs(a, b []*evaluate.Result) []summaryPair {
	summaries := func(runs []*evaluate.Result) (out []evalSummary) {
		for _, r := range runs {
			out = append(out, newEvalSummary(r))
		}
		return out
	}
	ofA, ofB := summaries(a), summaries(b)
	var out []summaryPair
	for i, number := range ofA[0] {
		pair := summaryPair{Name: number.Name, IoU: number.IoU, Area: number.Area, MaxDets: number.MaxDets}
		pair.A, pair.SpreadA = meanOf(ofA, i)
		pair.B, pair.SpreadB = meanOf(ofB, i)
		out = append(out, pair)
	}
	return out
}

// meanOf returns the mean of a number over the runs and its standard deviation,
// NaN of one run.
func meanOf(runs []evalSummary, number int) (mean, deviation output.Real) {
	sum, squares, n := 0.0, 0.0, float64(len(runs))
	for _, s := range runs {
		sum += float64(s[number].Value)
	}
	m := sum / n
	for _, s := range runs {
		d := float64(s[number].Value) - m
		squares += d * d
	}
	if n < 2 {
		return output.Real(m), output.Real(math.NaN())
	}
	return output.Real(m), output.Real(math.Sqrt(squares / (n - 1)))
}

// writeFiles writes what --output asks for.
func (c *evalComparison) writeFiles(o *options) error {
	for _, out := range o.outs {
		if err := atomicfile.Write(out, func(w io.Writer) error { return c.print(w, o, output.Endings[filepath.Ext(out)]) }); err != nil {
			return err
		}
		o.Notef("wrote %s", out)
	}
	return nil
}

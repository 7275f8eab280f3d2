package eval

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/atomicfile"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/nullable"
)

// evalGroupingScores are the scores of the groups of a grouping.
type evalGroupingScores struct {
	Name      string          `json:"name"`
	Origin    string          `json:"origin"`
	Groups    []groupScores   `json:"groups"`
	Confusion *groupConfusion `json:"confusion"`
}

// groupScores are those of a group: means over its classes with objects.
type groupScores struct {
	Name    string      `json:"name"`
	Classes int         `json:"classes"`
	Used    int         `json:"classes_with_objects"`
	Objects int64       `json:"objects"`
	AP      output.Real `json:"ap"`
	AP50    output.Real `json:"ap50"`
	AP75    output.Real `json:"ap75"`
	F1      output.Real `json:"f1"` // at the thresholds of the classes, or at --score
}

// runEvalOne evaluates one detector.
func runEvalOne(ctx context.Context, o *options, in *evalInput) error {
	matches, matching, err := in.match(in.a[0])
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := newEvalReport(o, in, matches.Result(), matching)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.writeFiles(o, matches); err != nil {
		return err
	}
	if err := r.print(o.Streams.Out, o, o.format); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	o.tellBesideCSV(r.Problems)
	return o.judge(r.Problems)
}

// match matches the detections of a file; the matching is that for diagnosis, at
// one IoU threshold, by our rules whatever --compat says: pycocotools takes some
// truths several times.
func (in *evalInput) match(f *evaluate.DetectionFile) (*evaluate.Matches, *diagnose.Matching, error) {
	matches, err := evaluate.Match(in.truths, f.Detections, in.params)
	if err != nil {
		return nil, nil, err
	}
	plain := matches
	if in.params.Compat {
		p := in.params
		p.Compat = false
		if plain, err = evaluate.Match(in.truths, f.Detections, p); err != nil {
			return nil, nil, err
		}
	}
	matching, err := diagnose.At(plain, operatingIoU(&matches.Params))
	return matches, matching, err
}

func newEvalReport(o *options, in *evalInput, result *evaluate.Result, matching *diagnose.Matching) *evalReport {
	f, p := in.a[0], &result.Params
	r := &evalReport{Truth: newEvalTruth(o, in, p.Classes),
		Detections: newEvalDetections(f, result),
		Settings:   newEvalSettings(o, p), Summary: newEvalSummary(result),
		Groupings: []evalGroupingScores{}, Confused: []confusedPair{}, Absent: []absentClass{}, Classes: []evalRow{}}
	r.Problems = in.allProblems(in.truthHints(o, result, matching), in.hints(o, f, result, matching))
	scores := matching.Scores()
	r.Curves = newEvalCurves(result, scores, matching.IoU, in.groupings)
	r.Common = bestCommon(&r.Curves)
	if o.scoreGiven {
		at := newScoreCurve(scores, []float64{o.score}, func(int) bool { return true })
		r.AtScore = &operatingPoint{output.Real(o.score), at.Precision[0], at.Recall[0], at.F1[0]}
	}
	if o.classAgnostic {
		return r
	}
	points := scores.Best()
	least := o.leastScores(points, r.Common.Threshold)
	if o.scoreGiven {
		points = scores.At(o.score)
	}
	r.Classes = newEvalRows(in, result, points, matching.Detections())
	r.Groupings = newGroupingScores(in.groupings, r.Classes, result)
	confusion, names := matching.Confusion(least), classNames(in.dataset)
	r.Confused = confusedPairs(confusion, p.Classes, names)
	r.Absent = absentClasses(scores, least, p.Classes, names)
	for i, g := range in.groupings {
		r.Groupings[i].Confusion = newGroupConfusion(confusion, p.Classes, g)
	}
	return r
}

// bestCommon is the threshold of the curve of all classes with the largest F1.
func bestCommon(c *evalCurves) operatingPoint {
	nan := output.Real(math.NaN())
	best := operatingPoint{nan, nan, nan, nan}
	for i, score := range c.Scores {
		s := &c.All.ByScore
		if f1 := s.F1[i]; f1 > best.F1 || math.IsNaN(float64(best.F1)) && f1 > 0 {
			best = operatingPoint{output.Real(score), s.Precision[i], s.Recall[i], f1}
		}
	}
	return best
}

func newGroupingScores(groupings []*evalGrouping, rows []evalRow, result *evaluate.Result) []evalGroupingScores {
	out := []evalGroupingScores{}
	for _, g := range groupings {
		scores := evalGroupingScores{Name: g.Name, Origin: g.Origin}
		for at, name := range g.Groups {
			aps := result.GroupAPs(g.ids[at])
			s := groupScores{Name: name, AP: output.Real(aps.AP), AP50: output.Real(aps.AP50), AP75: output.Real(aps.AP75)}
			var f1 nullable.Mean
			for i := range rows {
				if group, ok := g.of[rows[i].ID]; !ok || group != at {
					continue
				}
				s.Classes++
				s.Objects += rows[i].Instances
				if rows[i].Instances == 0 {
					continue
				}
				s.Used++
				f1.Add(float64(rows[i].F1))
			}
			s.F1 = f1.Value()
			scores.Groups = append(scores.Groups, s)
		}
		out = append(out, scores)
	}
	return out
}

// writeFiles writes what --output and --plot ask for.
func (r *evalReport) writeFiles(o *options, matches *evaluate.Matches) error {
	for _, out := range o.outs {
		if format := output.Endings[filepath.Ext(out)]; format != "" {
			if err := atomicfile.Write(out, func(w io.Writer) error { return r.print(w, o, format) }); err != nil {
				return err
			}
		} else if err := writeArrays(out, matches, r.Classes); err != nil {
			return err
		}
		o.Notef("wrote %s", out)
	}
	if o.plot == "" {
		return nil
	}
	if err := r.writePlot(o.plot); err != nil {
		return err
	}
	o.Notef("wrote %s", o.plot)
	return nil
}

// judge returns an error if --strict forbids one of the problems.
func (o *options) judge(found []problems.Problem) error {
	return o.strict.Judge(problems.Sum(found), o.Paths[1:])
}

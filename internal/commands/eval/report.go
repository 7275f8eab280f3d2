package eval

import (
	"fmt"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/parallel"
)

// evalReport is what eval reports of one detector. Its JSON form is the output
// of --format json.
type evalReport struct {
	Truth      evalTruth            `json:"ground_truth"`
	Detections evalDetections       `json:"detections"`
	Settings   evalSettings         `json:"settings"`
	Summary    evalSummary          `json:"summary"`
	Groupings  []evalGroupingScores `json:"groupings"`
	Common     operatingPoint       `json:"common_threshold"`
	AtScore    *operatingPoint      `json:"at_score,omitempty"` // means over the classes, at --score
	Confused   []confusedPair       `json:"confused_classes"`
	Absent     []absentClass        `json:"classes_without_objects_detected"`
	Curves     evalCurves           `json:"curves"`
	Problems   []problems.Problem   `json:"problems"`
	Classes    []evalRow            `json:"classes"`
}

// evalTruth describes the ground truth.
type evalTruth struct {
	Path       string            `json:"path"`
	Images     int               `json:"images"` // evaluated
	Listed     int               `json:"images_listed"`
	Objects    int               `json:"objects"` // without crowds
	Crowds     int               `json:"crowds"`
	Classes    int               `json:"classes"`
	Unassessed int               `json:"classes_without_objects"`
	Problems   problems.Findings `json:"problems"`
	// The kinds of its errors and warnings, the severest first.
	Kinds []truthProblem `json:"problem_kinds,omitempty"`
}

// truthProblem is a kind of problem in the ground truth.
type truthProblem struct {
	Kind  annotations.Kind `json:"kind"`
	Count int64            `json:"count"`
}

type evalDetections struct {
	Source    annotations.Source `json:"source"`
	Read      int                `json:"read"`
	Evaluated int                `json:"evaluated"` // of the images and classes in question
	Images    int                `json:"images"`    // with a detection
	MatchedBy string             `json:"images_found_by"`
	How       string             `json:"images_named_by,omitempty"`
	LVIS      *lvisLeft          `json:"lvis_left_out,omitempty"`
}

type evalSettings struct {
	IoU           []float64   `json:"iou"`
	MaxDets       []int       `json:"max_dets"`
	Areas         []areaRange `json:"areas"`
	Rules         string      `json:"rules"` // coco, pycocotools or lvis
	ClassAgnostic bool        `json:"class_agnostic"`
	Images        string      `json:"images"` // all or detected
}

type areaRange struct {
	Name string  `json:"name"`
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
}

// evalRow is a class.
type evalRow struct {
	ID         int64             `json:"category_id"`
	Name       string            `json:"name"`
	Group      string            `json:"group"`
	LVISGroup  string            `json:"lvis_group"`
	Groups     map[string]string `json:"groups"` // by grouping
	Instances  int64             `json:"instances"`
	Images     int64             `json:"images"`
	Detections int64             `json:"detections"`
	AP         output.Real       `json:"ap"`
	AP50       output.Real       `json:"ap50"`
	AP75       output.Real       `json:"ap75"`
	APSmall    output.Real       `json:"ap_small"`
	APMedium   output.Real       `json:"ap_medium"`
	APLarge    output.Real       `json:"ap_large"`
	AR         output.Real       `json:"ar"`
	operatingPoint
}

// operatingPoint is what detections of at least a score reach; all are NaN
// where there is none to choose.
type operatingPoint struct {
	Threshold output.Real `json:"threshold"`
	Precision output.Real `json:"precision"`
	Recall    output.Real `json:"recall"`
	F1        output.Real `json:"f1"`
}

func newOperatingPoint(p diagnose.Point) operatingPoint {
	return operatingPoint{output.Real(p.Threshold), output.Real(p.Precision), output.Real(p.Recall), output.Real(p.F1)}
}

func newEvalTruth(o *options, in *evalInput, classes []int64) evalTruth {
	t := evalTruth{Path: o.truth, Images: len(in.params.Images), Listed: len(in.dataset.Images), Classes: len(classes), Problems: in.findings}
	for _, p := range problems.New(in.dataset.Problems) {
		if p.Severity >= annotations.Warning {
			t.Kinds = append(t.Kinds, truthProblem{p.Kind, p.Count})
		}
	}
	counts := countTruths(in.truths, classes)
	for _, c := range counts {
		t.Objects += int(c.instances)
		t.Crowds += int(c.crowds)
		if c.instances == 0 {
			t.Unassessed++
		}
	}
	return t
}

// truthCount is what the ground truth holds of a class.
type truthCount struct{ instances, crowds, images int64 }

// countTruths counts per class; truths are in the order of their images.
func countTruths(truths []evaluate.Truth, classes []int64) []truthCount {
	counts, at := make([]truthCount, len(classes)), map[int64]int{}
	for k, id := range classes {
		at[id] = k
	}
	last := make([]int64, len(classes)) // image counted last, as its number from 1 on
	image := int64(0)
	for i := range truths {
		if i == 0 || truths[i].ImageID != truths[i-1].ImageID {
			image++
		}
		k, ok := at[truths[i].CategoryID]
		switch {
		case !ok:
			continue
		case truths[i].Crowd:
			counts[k].crowds++
			continue
		}
		counts[k].instances++
		if last[k] != image {
			last[k] = image
			counts[k].images++
		}
	}
	return counts
}

func newEvalSettings(o *options, p *evaluate.Params) evalSettings {
	s := evalSettings{IoU: p.IoUThresholds, MaxDets: p.MaxDets, Rules: "coco", ClassAgnostic: o.classAgnostic, Images: o.imagesName}
	for _, a := range p.Areas {
		s.Areas = append(s.Areas, areaRange(a))
	}
	switch {
	case o.lvis:
		s.Rules = "lvis"
	case o.compat != "":
		s.Rules = o.compat
	}
	return s
}

// classNames returns the names of classes by category id.
func classNames(d *annotations.Dataset) map[int64]string {
	names := map[int64]string{}
	for _, k := range d.Categories {
		names[k.ID] = k.Name
	}
	return names
}

// newEvalRows makes the table of the classes.
func newEvalRows(in *evalInput, r *evaluate.Result, best []diagnose.Point, detections []int64) []evalRow {
	names, counts := classNames(in.dataset), countTruths(in.truths, r.Params.Classes)
	rows := make([]evalRow, len(r.Params.Classes))
	parallel.Each(len(rows), func() func(k int) {
		return func(k int) {
			id := r.Params.Classes[k]
			class := r.Group(id)
			ap := func(p evaluate.Part) output.Real { return output.Real(class.Precision(p)) }
			rows[k] = evalRow{ID: id, Name: names[id], Groups: groupsOf(in.groupings, id),
				Instances: counts[k].instances, Images: counts[k].images, Detections: detections[k],
				AP: ap(evaluate.Part{}), AP50: ap(evaluate.Part{IoU: 0.5}), AP75: ap(evaluate.Part{IoU: 0.75}),
				APSmall: ap(evaluate.Part{Area: "small"}), APMedium: ap(evaluate.Part{Area: "medium"}), APLarge: ap(evaluate.Part{Area: "large"}),
				AR: output.Real(class.Recall(evaluate.Part{})), operatingPoint: newOperatingPoint(best[k])}
			rows[k].Group, rows[k].LVISGroup = rows[k].Groups[tailGrouping], rows[k].Groups[lvisGrouping]
		}
	})
	return rows
}

func groupsOf(groupings []*evalGrouping, id int64) map[string]string {
	groups := map[string]string{}
	for _, g := range groupings {
		if name := g.group(id); name != "" {
			groups[g.Name] = name
		}
	}
	return groups
}

// detectorName names a detector by its files.
func detectorName(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
		if p == "-" {
			names[i] = "standard input"
		}
	}
	if len(names) > 1 {
		return fmt.Sprintf("%d runs: %s", len(names), output.List(names, 3))
	}
	return names[0]
}

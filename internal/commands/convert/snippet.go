package convert

import (
	"embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"cocostat/balance"
	"cocostat/weights"
)

// framework is one that snippet writes code for.
type framework struct {
	name  string // also that of its template
	what  string // for the help
	read  string // what the code was written from
	extra string // weight for the background: "" or a place
}

var frameworks = []framework{
	{"mmdet", "class_weight of CrossEntropyLoss, background last", "Written from the source of MMDetection 3.3.0: mmdet/models/losses/cross_entropy_loss.py, mmdet/datasets/coco.py", "last"},
	{"detectron2", "FastRCNNOutputLayers with weights, background last", "Written from the source of detectron2 0.6: detectron2/modeling/roi_heads/fast_rcnn.py, roi_heads.py, detectron2/data/datasets/coco.py", "last"},
	{"torch", "weights per image and the focal loss of CenterNet", "Tested with PyTorch 1.13", ""},
	{"ultralytics", "a trainer whose class loss is weighted", "Written from the source of Ultralytics 8.4.190: ultralytics/models/yolo/detect/train.py, ultralytics/data/utils.py, ultralytics/utils/loss.py", ""},
	{"keras", "class_weight for fit, and a focal loss", "Written from the source of Keras 3.15.1: keras/src/losses/losses.py, keras/src/trainers/trainer.py", ""},
}

func frameworkNames() []string {
	var names []string
	for _, f := range frameworks {
		names = append(names, f.name)
	}
	return names
}

func frameworkHelp() string {
	var b strings.Builder
	for _, f := range frameworks {
		fmt.Fprintf(&b, "  %-12s %s\n", f.name, f.what)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

//go:embed snippets/*.py
var snippetFiles embed.FS

// snippet returns Python for a framework with the weights of a table, which was
// read from a file.
func snippet(name, file string, t *weights.Table) (string, error) {
	f := frameworks[slices.IndexFunc(frameworks, func(f framework) bool { return f.name == name })]
	text, err := template.New("").Funcs(template.FuncMap{"quote": strconv.Quote}).ParseFS(snippetFiles, "snippets/*.py")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = text.ExecuteTemplate(&b, name+".py", map[string]any{
		"Read": f.read, "File": file, "Table": t,
		"Weights": pythonList(t, balance.AlphaHat(t.Alphas(), 1, t.Meta.Intensity), f.extra == "last"),
		"Alphas":  pythonList(t, balance.AlphaHat(t.Alphas(), 1, 1), false),
	})
	return b.String(), err
}

// pythonList writes a number per line with the class that it is of.
func pythonList(t *weights.Table, numbers []float64, background bool) string {
	var b strings.Builder
	b.WriteString("[\n")
	for i, r := range t.Rows {
		none := ""
		if math.IsNaN(r.Alpha) {
			none = ", which has no instances"
		}
		number := strconv.FormatFloat(numbers[i], 'g', -1, 64)
		if !strings.ContainsAny(number, ".e") {
			number += ".0"
		}
		fmt.Fprintf(&b, "    %s,  # %d %s%s\n", number, i, strconv.Quote(r.Name), none)
	}
	if background {
		fmt.Fprintf(&b, "    1.0,  # %d background\n", len(t.Rows))
	}
	b.WriteString("]")
	return b.String()
}

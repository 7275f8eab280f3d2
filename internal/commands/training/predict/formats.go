package predict

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"cocostat/evaluate"
	"cocostat/internal/cli"
	"cocostat/internal/textable"
	"cocostat/train"
	"cocostat/train/data"
)

// predictionWriter writes what was found, an image at a time.
type predictionWriter interface {
	image(item *data.Item, p train.Prediction) error
	close() error
}

var predictionFormats = []string{"coco", "json", "csv", "table"}

// newPredictionWriter returns a writer of one of predictionFormats.
func newPredictionWriter(w io.Writer, format string, c *train.Checkpoint, checkpoint string, threshold float64) (predictionWriter, error) {
	switch format {
	case "json":
		return newJSONPredictions(w, c, checkpoint, threshold)
	case "csv":
		out := csvPredictions{csv.NewWriter(w), c.Classes}
		return out, out.Write([]string{"image_id", "file", "image_width", "image_height", "category_id", "class", "score", "x", "y", "width", "height"})
	case "table":
		return tablePredictions{w, c.Classes}, nil
	}
	return cocoPredictions{evaluate.NewDetectionWriter(w), c.Classes}, nil
}

// cocoPredictions writes COCO's results format.
type cocoPredictions struct {
	w       *evaluate.DetectionWriter
	classes []train.Class
}

func (c cocoPredictions) image(item *data.Item, p train.Prediction) error {
	for _, b := range p.Boxes {
		if err := c.w.Write(&evaluate.Detection{
			ImageID: item.ID, CategoryID: c.classes[b.Class].ID, BBox: [4]float64{b.X, b.Y, b.W, b.H}, Score: float64(b.Score),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c cocoPredictions) close() error { return c.w.Close() }

// jsonPredictions writes an object with all that is known by name: an image a
// line, also those without detections.
type jsonPredictions struct {
	w       io.Writer
	classes []train.Class
	before  string
}

type jsonClass struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type jsonDetection struct {
	CategoryID int64      `json:"category_id"`
	Class      string     `json:"class"`
	Score      float32    `json:"score"`
	BBox       [4]float32 `json:"bbox"`
}

type jsonImage struct {
	ID         int64           `json:"image_id"`
	File       string          `json:"file"`
	Width      int             `json:"width"`
	Height     int             `json:"height"`
	Detections []jsonDetection `json:"detections"`
}

func newJSONPredictions(w io.Writer, c *train.Checkpoint, checkpoint string, threshold float64) (*jsonPredictions, error) {
	head, err := json.Marshal(struct {
		Checkpoint string      `json:"checkpoint"`
		Threshold  float64     `json:"threshold"`
		Classes    []jsonClass `json:"classes"`
	}{checkpoint, threshold, jsonClasses(c)})
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, "%s,\n\"images\":[", head[:len(head)-1])
	return &jsonPredictions{w, c.Classes, "\n"}, err
}

func jsonClasses(c *train.Checkpoint) []jsonClass {
	classes := make([]jsonClass, len(c.Classes))
	for i, class := range c.Classes {
		classes[i] = jsonClass{class.ID, class.Name}
	}
	return classes
}

func (j *jsonPredictions) image(item *data.Item, p train.Prediction) error {
	out := jsonImage{item.ID, item.FileName, p.Width, p.Height, make([]jsonDetection, len(p.Boxes))}
	for i, b := range p.Boxes {
		class := j.classes[b.Class]
		out.Detections[i] = jsonDetection{class.ID, class.Name, b.Score, [4]float32{float32(b.X), float32(b.Y), float32(b.W), float32(b.H)}}
	}
	line, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("%s: %w", item.Path, err)
	}
	_, err = fmt.Fprintf(j.w, "%s%s", j.before, line)
	j.before = ",\n"
	return err
}

func (j *jsonPredictions) close() error {
	_, err := io.WriteString(j.w, "\n]}\n")
	return err
}

// csvPredictions writes a line per detection.
type csvPredictions struct {
	*csv.Writer
	classes []train.Class
}

func (c csvPredictions) image(item *data.Item, p train.Prediction) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 32) }
	for _, b := range p.Boxes {
		class := c.classes[b.Class]
		if err := c.Write([]string{
			strconv.FormatInt(item.ID, 10), item.FileName, strconv.Itoa(p.Width), strconv.Itoa(p.Height),
			strconv.FormatInt(class.ID, 10), class.Name, number(float64(b.Score)), number(b.X), number(b.Y), number(b.W), number(b.H),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c csvPredictions) close() error {
	c.Flush()
	return c.Error()
}

// tablePredictions writes a table per image, for people.
type tablePredictions struct {
	w       io.Writer
	classes []train.Class
}

func (t tablePredictions) image(item *data.Item, p train.Prediction) error {
	if _, err := fmt.Fprintf(t.w, "%s  %d×%d, %d detections\n", textable.Printable(item.Path), p.Width, p.Height, len(p.Boxes)); err != nil {
		return err
	}
	if len(p.Boxes) == 0 {
		_, err := fmt.Fprintln(t.w)
		return err
	}
	table := textable.New("class", ">score", ">x", ">y", ">width", ">height")
	for _, b := range p.Boxes {
		table.Add(t.classes[b.Class].Name, textable.Decimal(float64(b.Score), 2),
			textable.Decimal(b.X, 1), textable.Decimal(b.Y, 1), textable.Decimal(b.W, 1), textable.Decimal(b.H, 1))
	}
	_, err := fmt.Fprintln(t.w, table.Fit(cli.Columns(t.w)))
	return err
}

func (tablePredictions) close() error { return nil }

// imageList is the file that tells which images the ids of COCO's results
// stand for: a COCO file without annotations, as COCO publishes for its test
// sets.
type imageList struct {
	Images      []listedImage `json:"images"`
	Categories  []jsonClass   `json:"categories"`
	Annotations []struct{}    `json:"annotations"`
}

type listedImage struct {
	ID       int64  `json:"id"`
	FileName string `json:"file_name"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
}

// listPath is the path of the list beside the results at path.
func listPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".images.json"
}

func (l *imageList) write(w io.Writer) error { return json.NewEncoder(w).Encode(l) }

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset"
)

// yolo writes an annotation file as a YOLO dataset: a text of labels for each
// image, crowds left out, boxes cut to the image, each once, and images of one grey.
// One file serves many images of its size, by hard links. The folder appears when it
// is complete.
func yolo(ctx context.Context, path, out string) error {
	d, err := dataset.Load(ctx, path)
	if err != nil {
		return err
	}
	part := out + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	w := &yoloWriter{dir: part, classes: map[int64]int{}, grey: map[image.Point]*greyImage{}}
	for _, sub := range []string{"images/train2017", "labels/train2017", "sizes"} {
		if err := os.MkdirAll(filepath.Join(part, sub), 0o755); err != nil {
			return err
		}
	}
	yaml := "train: images/train2017\nval: images/train2017\nnames:\n"
	for i, k := range d.Categories {
		w.classes[k.ID] = i
		yaml += fmt.Sprintf("  %d: %s\n", i, k.Name)
	}
	for i := range d.Images {
		if err := w.image(&d.Images[i], d.Objects[i]); err != nil {
			return err
		}
	}
	// hotcoco looks for the description beside the labels.
	for _, name := range []string{"data.yaml", "labels/train2017/data.yaml"} {
		if err := os.WriteFile(filepath.Join(part, name), []byte(yaml), 0o644); err != nil {
			return err
		}
	}
	return os.Rename(part, out)
}

type yoloWriter struct {
	dir     string
	classes map[int64]int
	grey    map[image.Point]*greyImage
}

// greyImage is a file that images link to.
type greyImage struct {
	path  string
	links int
}

// mostLinks is how many images share a file; file systems have limits.
const mostLinks = 1000

func (w *yoloWriter) image(im *annotations.Image, objects []annotations.Annotation) error {
	size := image.Pt(im.Width, im.Height)
	from := w.grey[size]
	if from == nil || from.links == mostLinks {
		from = &greyImage{path: filepath.Join(w.dir, "sizes", fmt.Sprintf("%d.jpg", im.ID))}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewGray(image.Rectangle{Max: size}), nil); err != nil {
			return err
		}
		if err := os.WriteFile(from.path, b.Bytes(), 0o644); err != nil {
			return err
		}
		w.grey[size] = from
	}
	from.links++
	stem := strings.TrimSuffix(filepath.Base(im.FileName), filepath.Ext(im.FileName))
	if err := os.Link(from.path, filepath.Join(w.dir, "images/train2017", stem+".jpg")); err != nil {
		return err
	}
	var text strings.Builder
	seen := map[string]bool{}
	for i := range objects {
		if line := w.line(im, &objects[i]); line != "" && !seen[line] {
			seen[line] = true
			text.WriteString(line)
		}
	}
	if text.Len() == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(w.dir, "labels/train2017", stem+".txt"), []byte(text.String()), 0o644)
}

// line is an object, "" if it is a crowd or nothing of it is in the image.
func (w *yoloWriter) line(im *annotations.Image, a *annotations.Annotation) string {
	width, height := float64(im.Width), float64(im.Height)
	x1, y1 := min(max(a.BBox[0], 0), width), min(max(a.BBox[1], 0), height)
	x2, y2 := min(max(a.BBox[0]+a.BBox[2], 0), width), min(max(a.BBox[1]+a.BBox[3], 0), height)
	if a.Crowd || x2 <= x1 || y2 <= y1 {
		return ""
	}
	return fmt.Sprintf("%d %.6f %.6f %.6f %.6f\n", w.classes[a.CategoryID], (x1+x2)/2/width, (y1+y2)/2/height, (x2-x1)/width, (y2-y1)/height)
}

package train_test

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"cocostat/train"
	"cocostat/train/data"
)

// unlikeSet writes a set of n images of three sizes, wide and tall, each with a
// red or a blue rectangle, its classes, and returns its annotation file.
func unlikeSet(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	type object = map[string]any
	var images, objects []object
	for i := range n {
		size := []image.Point{{64, 48}, {48, 64}, {80, 40}}[i%3]
		img := image.NewRGBA(image.Rectangle{Max: size})
		box := image.Rect(4+i%7, 6+i%5, 28+i%7, 30)
		draw.Draw(img, box, image.NewUniform([]color.Color{color.RGBA{220, 30, 30, 255}, color.RGBA{30, 30, 220, 255}}[i%2]), image.Point{}, draw.Src)
		name := fmt.Sprintf("%02d.png", i)
		f, err := os.Create(filepath.Join(dir, name))
		ok(t, err)
		ok(t, png.Encode(f, img))
		ok(t, f.Close())
		images = append(images, object{"id": i + 1, "file_name": name, "width": size.X, "height": size.Y})
		objects = append(objects, object{"id": i + 1, "image_id": i + 1, "category_id": 1 + i%2, "bbox": []int{box.Min.X, box.Min.Y, box.Dx(), box.Dy()}})
	}
	raw, err := json.Marshal(object{"images": images, "annotations": objects, "categories": []object{{"id": 1, "name": "red"}, {"id": 2, "name": "blue"}}})
	ok(t, err)
	path := filepath.Join(dir, "instances_all.json")
	ok(t, os.WriteFile(path, raw, 0o644))
	return path
}

// A run on images that are scaled by their sides goes on in the middle of an
// epoch and ends with the same bits; its detections stand in the order of the
// images, though those of equal inputs share batches; and the network is tested
// on images at their own size as well.
func TestTrainingBySides(t *testing.T) {
	c := tiny("")
	c.Data.TrainJSON = unlikeSet(t, 20)
	c.Data.ValJSON = c.Data.TrainJSON
	c.Size, c.Sides, c.Augment = 0, train.Sides{Short: []int{32, 48}, Long: 80}, data.Augment{Flip: 0.5, Jitter: 0.2}
	c.Epochs, c.EvalEvery = 2, 1
	want := whole(t, c)
	run := stopped(t, c, 2, 2)
	ok(t, goOn(t, run))
	sameRuns(t, want, run)

	var found []struct {
		ImageID int `json:"image_id"`
	}
	ok(t, json.Unmarshal(readFile(t, filepath.Join(run, train.DetectionsFile)), &found))
	images := map[int]bool{}
	last := 0
	for _, d := range found {
		if d.ImageID < last {
			t.Fatalf("detections of image %d after those of %d", d.ImageID, last)
		}
		last = d.ImageID
		images[last] = true
	}
	if len(images) != 20 {
		t.Errorf("detections on %d images, want 20", len(images))
	}
	checkpoint, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
	ok(t, err)
	checkpoint.Config.Size, checkpoint.Config.Sides = 64, train.Sides{}
	done := 0
	_, err = train.EvaluateCheckpoint(context.Background(), checkpoint, train.EvalOptions{Threads: 1, TestAs: train.TestAs{Size: train.TestKeep}, Tick: func(d, _ int) { done = d }})
	if err != nil || done != 20 {
		t.Errorf("%d images seen at their own size, error %v", done, err)
	}
}

package dataset

import (
	"context"
	"errors"

	"cocostat/annotations"
	"cocostat/internal/layout"
)

// Look is what a look at a dataset tells before it is read.
type Look struct {
	Format string   // "coco" of COCO's JSON, which can be copied byte by byte, "yolo", "voc", …
	Splits []string // of a dataset of many files that is in parts, and all of which is meant
	Images string   // folder that file names are relative to; "": it is not known
}

// COCO is the format of COCO's JSON.
const COCO = "coco"

// LookAt looks at a path.
func LookAt(ctx context.Context, path string) (*Look, error) {
	if root, split, format := folderOf(path); format != nil {
		return lookAtFolder(ctx, format, root, split)
	}
	text, err := annotations.Open(ctx, path, annotations.Options{NoHash: true})
	if err != nil {
		return nil, err
	}
	defer text.Close()
	head, err := beginning(text)
	if err != nil {
		return nil, err
	}
	l := &Look{}
	if textOf(head) == len(texts)-1 { // which takes what no other does
		l.Format = COCO
	}
	names, err := FirstImages(ctx, path)
	if err == nil {
		l.Images, _ = layout.ImageFolder(path, names)
	}
	return l, err
}

func lookAtFolder(ctx context.Context, format *folderFormat, root, split string) (*Look, error) {
	f, err := format.open(ctx, root, split, annotations.Options{NoHash: true})
	if err != nil {
		return nil, err
	}
	l := &Look{Images: f.Images()}
	if p, is := f.(annotations.Parted); is {
		l.Format = p.Format()
		if split == "" {
			l.Splits = p.Splits()
		}
	}
	return l, nil
}

// FirstImages returns the file names of the first images of a dataset, up to
// layout.Probes: enough to find the folder that they are in.
func FirstImages(ctx context.Context, path string) ([]string, error) {
	var names []string
	enough := errors.New("enough")
	err := Scan(ctx, path, annotations.Options{NoHash: true}, annotations.Visitor{Image: func(im *annotations.Image) error {
		if im.FileName != "" {
			names = append(names, im.FileName)
		}
		if len(names) == layout.Probes {
			return enough
		}
		return nil
	}})
	if errors.Is(err, enough) {
		err = nil
	}
	return names, err
}

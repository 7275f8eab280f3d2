package reshape

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/coco/edit"
)

// Write reads the file again and writes what stays of it. It fails if the file
// is not what it was when Read read it; what was written by then is worthless.
// progress is that of Options, or nil.
func (sel *Selection) Write(ctx context.Context, w io.Writer, progress func(path string, read, size int64)) error {
	s := sel.Source
	return s.copy(ctx, progress, func(r io.Reader) error {
		return edit.Copy(ctx, w, r, edit.Changes{Elements: s.offsets(), Keep: func(i int) bool { return sel.keep[i] }, Change: s.change()})
	})
}

// Copy is Write without a progress.
func (sel *Selection) Copy(ctx context.Context, w io.Writer) error { return sel.Write(ctx, w, nil) }

// copy opens the text of a source again, and sees to it that it is the same.
func (s *Source) copy(ctx context.Context, progress func(path string, read, size int64), do func(r io.Reader) error) error {
	text, err := annotations.Open(ctx, s.path, annotations.Options{Progress: progress, NoHash: true})
	if err != nil {
		return err
	}
	defer text.Close()
	sum := summed{Reader: text, sum: crc32.New(castagnoli)}
	err = do(&sum)
	if errors.Is(err, edit.ErrChanged) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && sum.sum.Sum32() != s.checksum {
		err = changed(text.Name())
	}
	return err
}

// offsets are the places of the elements.
func (s *Source) offsets() []int64 {
	offsets := make([]int64, len(s.elements))
	for i := range s.elements {
		offsets[i] = s.elements[i].offset
	}
	return offsets
}

// Scan hands what stays to a visitor, whatever the format of the source, in the
// order of the source. It fails if the source is not what it was when it was read, as
// far as that can be seen.
func (sel *Selection) Scan(ctx context.Context, v annotations.Visitor) error {
	s := sel.Source
	scan := s.scan
	if scan == nil {
		scan = s.scanText
	}
	p := pass{sel: sel}
	filtered := annotations.Visitor{Problem: v.Problem, Files: v.Files, Text: v.Text,
		Image: func(im *annotations.Image) error {
			stays, err := p.next(picture)
			if err != nil || !stays || v.Image == nil {
				return err
			}
			return v.Image(im)
		},
		Annotation: func(a *annotations.Annotation) error {
			stays, err := p.next(counted)
			if err != nil || !stays || v.Annotation == nil {
				return err
			}
			if s.chosen != nil {
				changed := *a
				changed.CategoryID, _ = s.chosen.Class(a.CategoryID)
				a = &changed
			}
			return v.Annotation(a)
		},
		Category: func(c *annotations.Category) error {
			stays, err := p.next(class)
			if err != nil || !stays || v.Category == nil {
				return err
			}
			if s.chosen != nil {
				if i, left := s.chosen.Index(c.ID); i >= 0 && !left {
					c = &s.Categories[i]
				}
			}
			return v.Category(c)
		}}
	if err := scan(ctx, filtered); err != nil {
		return err
	}
	if p.at += p.foreign(); p.at != len(s.elements) {
		return changed(s.path)
	}
	return nil
}

func (s *Source) scanText(ctx context.Context, v annotations.Visitor) error {
	text, err := annotations.Open(ctx, s.path, annotations.Options{NoHash: true})
	if err != nil {
		return err
	}
	defer text.Close()
	return coco.Scan(ctx, text, text.Name(), v)
}

// pass goes over the elements of a source as they are visited again.
type pass struct {
	sel *Selection
	at  int
}

// foreign is how many elements here are never visited.
func (p *pass) foreign() (n int) {
	for list := p.sel.Source.elements[p.at:]; n < len(list) && list[n].kind == foreign; {
		n++
	}
	return n
}

// next tells whether the element that is visited stays: what is an annotation, as
// counted for one, stays an annotation.
func (p *pass) next(kind kind) (stays bool, err error) {
	p.at += p.foreign()
	elements := p.sel.Source.elements
	if p.at == len(elements) {
		return false, changed(p.sel.Source.path)
	}
	is := elements[p.at].kind
	if is != picture && is != class && (is != left || kind != class) {
		is = counted
	}
	if is != kind && (is != left || kind != class) {
		return false, changed(p.sel.Source.path)
	}
	p.at++
	return p.sel.keep[p.at-1], nil
}

// changed is the error for a file that is not the one that was read first.
func changed(path string) error {
	return fmt.Errorf("%s: changed while it was read: nothing is written; try again when it is complete", path)
}

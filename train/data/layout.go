package data

import (
	"errors"
	"fmt"
	"os"

	"cocostat/dataset"
	"cocostat/internal/jsonkeys"
)

// Layout says where a dataset lies: annotation files and the folders with
// their images. The validation part is empty if there is none.
type Layout struct {
	TrainJSON   string `json:"train_annotations"`
	TrainImages string `json:"train_images"`
	ValJSON     string `json:"val_annotations"`
	ValImages   string `json:"val_images"`
}

// Part is a training set beside that of a Layout: its annotations and the folder
// with its images, which is found as that of a Layout is.
type Part struct {
	Annotations string `json:"annotations"`
	Images      string `json:"images"`
}

// Complete finds the images.
func (p Part) Complete() (Part, error) {
	var err error
	if p.Images == "" {
		p.Images, err = FindImages(p.Annotations)
	}
	return p, err
}

// UnmarshalJSON also reads the keys of runs of before.
func (l *Layout) UnmarshalJSON(text []byte) error {
	type plain Layout
	return jsonkeys.Unmarshal(text, (*plain)(l), map[string]string{
		"TrainJSON": "train_annotations", "TrainImages": "train_images", "ValJSON": "val_annotations", "ValImages": "val_images",
	})
}

// FindTrain returns the training annotations of a dataset, as [dataset.Train]
// does.
func FindTrain(path string) (string, error) {
	if _, err := os.Stat(path); err != nil && !dataset.IsFolder(path) {
		return "", fmt.Errorf("data: no dataset: %w", err)
	}
	train, err := dataset.Train(path)
	if err != nil {
		return "", fmt.Errorf("data: %w", err)
	}
	return train, nil
}

// Complete fills the empty fields of l from the others: images as [FindImages]
// does, the validation annotations as [dataset.Validation] does. Fields that
// are set stay. That there is no validation part is no error.
func (l Layout) Complete() (Layout, error) {
	var err error
	if l.ValJSON == "" && l.TrainJSON != "" {
		l.ValJSON = dataset.Validation(l.TrainJSON)
	}
	if l.TrainImages == "" && l.TrainJSON != "" {
		if l.TrainImages, err = FindImages(l.TrainJSON); err != nil {
			return Layout{}, ByFlag(err, "--train-images")
		}
	}
	if l.ValImages == "" && l.ValJSON != "" {
		if l.ValImages, err = FindImages(l.ValJSON); err != nil {
			return Layout{}, ByFlag(err, "--val-images")
		}
	}
	return l, nil
}

// ByFlag adds to an error about images that are not found which flag names their
// folder. Other errors, and nil, stay.
func ByFlag(err error, flag string) error {
	var missing *MissingError
	var unknown *UnknownFolderError
	if errors.As(err, &missing) || errors.As(err, &unknown) {
		return fmt.Errorf("%w (%s)", err, flag)
	}
	return err
}

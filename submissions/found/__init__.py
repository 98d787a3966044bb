"""What people have found and the lost property office (Fundbüro) keeps: the town's own register."""

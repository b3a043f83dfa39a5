from mailward.errors import BadInput, ExitStatus, Failed, Rejected


class SlotError(Failed):
    key = "slot.mark"
    sentence = "Failed marking slot {slot} bad"
    remedy = "Run `upgrade status` and send its output to support"


class DiskFull(Failed):
    key = "disk.full"
    sentence = "no space left on {device}"


def chained() -> SlotError:
    try:
        try:
            raise DiskFull(device="/dev/sda1")
        except DiskFull as cause:
            raise SlotError(slot="B") from cause
    except SlotError as error:
        return error


def test_each_layer_adds_its_noun() -> None:
    assert chained().explain() == "Failed marking slot B bad: no space left on /dev/sda1"


def test_json_form_carries_key_fields_and_remedy() -> None:
    assert chained().to_dict() == {
        "error": "slot.mark",
        "message": "Failed marking slot B bad: no space left on /dev/sda1",
        "remedy": "Run `upgrade status` and send its output to support",
        "fields": {"slot": "B"},
    }


def test_rejected_is_not_failed() -> None:
    assert not issubclass(Rejected, Failed)
    assert (Failed.exit_status, Rejected.exit_status, BadInput.exit_status) == (
        ExitStatus.FAILED,
        ExitStatus.REJECTED,
        ExitStatus.USAGE,
    )

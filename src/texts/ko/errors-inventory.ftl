inventory-no-such-lot = 해당 로트를 찾을 수 없습니다.
inventory-no-such-held-line = 은행이 보유한 세포주 중에서 찾을 수 없습니다.
inventory-parent-of-another-line = 상위 로트가 다른 세포주의 로트입니다.
inventory-number-taken = 로트 번호 { $number }의 로트가 이미 있습니다.
inventory-no-second-person = 검토자는 시험자와 다른 사람이어야 합니다.
inventory-not-quarantined = 격리 상태의 로트만 출고 승인할 수 있습니다.
inventory-tests-open = 다음 출고 시험이 통과되지 않았습니다: { $list }. 먼저 결과를 기록해 주십시오.
